/** Files and folders through our hub's own store, against a bare `fetch`, and what they do to the hub's messages. */

import { type HubProcess, HubProcess as Hub } from "./hub_process.ts";
import { removeFolder } from "./leftovers.ts";
import { type LatencySample, pingPong } from "./load/ping_pong.ts";
import { usage } from "./load/usage.ts";
import { OURS } from "./report.ts";
import { type Entrant, type Results, takeTurns } from "./rounds.ts";
import { Scratch, settleDisk, sizeOf } from "./scratch.ts";
import { WorkerProcess } from "./worker_process.ts";

const SMALL_FILE_BYTES = 4_096;

export interface TransferTiming {
  rounds: number;
  fileBytes: number;
  /** How many small ones are in the folder. */
  files: number;
  latencyMs: number;
}

/** Seconds of the clock, and of processor time in either process. */
export interface Move {
  seconds: number;
  storeCpu: number | undefined;
  clientCpu: number | undefined;
}

export interface TransferSample {
  up: Move;
  /** Missing where it would be another contender's. */
  down?: Move;
}

export interface TransferRun extends TransferTiming {
  file: Results<TransferSample>;
  folder: Results<TransferSample>;
  latency: Results<LatencySample>;
}

interface Turn<Sample> {
  contender: { name: string };
  run(): Promise<Sample>;
}

export async function measureTransfers(ours: Entrant, timing: TransferTiming): Promise<TransferRun> {
  await using scratch = new Scratch();
  const { rounds, fileBytes, files } = timing;
  const [path, folder] = [await scratch.file(fileBytes), await scratch.tree(files, SMALL_FILE_BYTES)];
  await using hub = await Hub.start(ours.launch);
  await using client = await WorkerProcess.start("load/transfer_client.ts", String(hub.port), `${hub.folder}/store`);
  await using bareHub = await Hub.start((port) => bareFiles(port, `${scratch.folder}/bare`));
  await using bareClient = await WorkerProcess.start("load/bare_client.ts");
  const own = new OwnTransfers(hub, client, scratch);
  const bare = new BareTransfers(bareHub, bareClient, scratch);
  // Compilers settle, and the OSS client is loaded.
  const little = await scratch.file(2 ** 24);
  await own.file(little);
  await bare.file(little);

  const turns = async <Sample>(title: string, all: Record<string, () => Promise<Sample>>) => {
    console.error(title);
    const list = Object.entries(all).map(([name, run]): Turn<Sample> => ({ contender: { name }, run }));
    return await takeTurns(list, rounds, (turn) => turn.run());
  };
  return {
    ...timing,
    file: await turns("\na large file", {
      "bare": () => bare.file(path),
      "bare, length unknown": () => bare.upload(path, { order: "uploadInChunks" }),
      "bare, on the disk": () => bare.upload(path, { flush: true }),
      [OURS]: () => own.file(path),
    }),
    folder: await turns("a folder", {
      "objects": () => own.folder(folder, "objects"),
      "tar": () => own.folder(folder, "tar"),
    }),
    latency: await turns("messages meanwhile", {
      "idle": () => pingPong(hub.port, timing.latencyMs),
      "with an upload": () => during(() => own.file(path, ["up"]), () => pingPong(hub.port, timing.latencyMs)),
      "with a download": () => own.whileDownloading(path, () => pingPong(hub.port, timing.latencyMs)),
      "with a bare upload elsewhere": () => during(() => bare.upload(path), () => pingPong(hub.port, timing.latencyMs)),
    }),
  };
}
