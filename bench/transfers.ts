/** Files and folders through our hub's own store, against a bare `fetch`, and what they do to the hub's messages. */

import { HubProcess } from "./hub_process.ts";
import { removeFolder } from "./leftovers.ts";
import { type LatencySample, pingPong } from "./load/ping_pong.ts";
import { bareFiles, BareTransfers, OwnTransfers, type TransferSample } from "./movers.ts";
import { OURS } from "./contenders.ts";
import { type Entrant, type Results, takeTurns } from "./rounds.ts";
import { Scratch, settleDisk } from "./scratch.ts";
import { WorkerProcess } from "./worker_process.ts";

export const SMALL_FILE_BYTES = 4_096;

export interface TransferTiming {
  rounds: number;
  fileBytes: number;
  /** How many small ones are in the folder. */
  files: number;
  latencyMs: number;
}

export interface TransferRun extends TransferTiming {
  file: Results<TransferSample>;
  folder: Results<TransferSample>;
  latency: Results<LatencySample>;
}

/** Everything stays up over all rounds; what was moved is removed before the next. */
export async function measureTransfers(ours: Entrant, timing: TransferTiming): Promise<TransferRun> {
  await using scratch = new Scratch();
  const path = await scratch.file(timing.fileBytes);
  const folder = await scratch.tree(timing.files, SMALL_FILE_BYTES);
  await using hub = await HubProcess.start(ours.launch);
  await using client = await WorkerProcess.start("load/transfer_client.ts", String(hub.port), `${hub.folder}/store`);
  await using bareServer = await HubProcess.start(bareFiles);
  await using bareClient = await WorkerProcess.start("load/bare_client.ts");
  const own = new OwnTransfers(hub, client, scratch);
  const bare = new BareTransfers(bareServer, bareClient, scratch);

  // Compilers settle, and the OSS client is loaded.
  const little = await scratch.file(2 ** 24);
  await own.file(little);
  await bare.file(little);

  console.error("\na large file");
  const file = await rounds(timing, {
    "bare": () => bare.file(path),
    "bare, flushed": () => bare.upload(path, { flush: true }),
    [OURS]: () => own.file(path),
  });
  console.error("a folder");
  const folders = await rounds(timing, {
    objects: () => own.folder(folder, "objects"),
    tar: () => own.folder(folder, "tar"),
  });
  console.error("messages meanwhile");
  const latency = await measureLatency(() => pingPong(hub.port, timing.latencyMs), {
    timing,
    own,
    bare,
    scratch,
    path,
  });
  return { ...timing, file, folder: folders, latency };
}

interface Surroundings {
  timing: TransferTiming;
  own: OwnTransfers;
  bare: BareTransfers;
  scratch: Scratch;
  path: string;
}

async function measureLatency(
  measure: () => Promise<LatencySample>,
  { timing, own, bare, scratch, path }: Surroundings,
): Promise<Results<LatencySample>> {
  const { key } = await own.upload(path);
  const during = async (move: () => Promise<unknown>): Promise<LatencySample> => {
    await settleDisk();
    let over = false;
    const moving = (async () => {
      while (!over) await move();
    })();
    try {
      return (await Promise.all([measure().finally(() => over = true), moving]))[0];
    } finally {
      over = true;
      await moving.catch(() => {});
    }
  };
  const results = await rounds(timing, {
    "idle": async () => (await settleDisk(), await measure()),
    "upload": () =>
      during(async () => {
        const sent = await own.upload(path);
        await own.remove([sent.key]);
      }),
    "download": () =>
      during(async () => {
        const directory = scratch.path("arrived");
        await own.download(key, directory);
        await removeFolder(directory);
      }),
    // What the machine's share of it is: this one has nothing to do with the hub.
    "bare upload elsewhere": () => during(() => bare.upload(path)),
  });
  await own.remove([key]);
  return results;
}

async function rounds<Sample>(
  timing: TransferTiming,
  turns: Record<string, () => Promise<Sample>>,
): Promise<Results<Sample>> {
  const list = Object.entries(turns).map(([name, run]) => ({ contender: { name }, run }));
  return await takeTurns(list, timing.rounds, ({ run }) => run());
}
