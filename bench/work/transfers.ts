import { OURS } from "../contenders.ts";
import { FullCache } from "../full_cache.ts";
import { HubProcess } from "../hub_process.ts";
import { removeFolder } from "../leftovers.ts";
import { pingPong } from "../load/ping_pong.ts";
import { bareFiles, BareTransfers, type Move, OwnTransfers, type TransferSample } from "../movers.ts";
import { mapSamples, type Results, takeTurns } from "../rounds.ts";
import type { TransferScale } from "../scale.ts";
import { Scratch, settleDisk } from "../scratch.ts";
import { whole } from "../table.ts";
import { WorkerProcess } from "../worker_process.ts";
import type { Figure, Finding, Sample, Work } from "./work.ts";

const MIB = 1024 * 1024;
const SMALL_FILE_BYTES = 4_096;
const FIGURES: Record<"file" | "folder" | "messages", Figure[]> = {
  file: [
    { name: "speed", what: "MiB a second", unit: "MiB/s", better: "more" },
    { name: "storeCpu", what: "store's processor time", unit: "s", better: "less" },
    { name: "clientCpu", what: "client's processor time", unit: "s", better: "less" },
  ],
  folder: [{ name: "pace", what: "files a second", unit: "/s", better: "more" }],
  messages: [
    { name: "p99", what: "99 % arrive within", unit: "ms", better: "less" },
    { name: "p50", what: "half arrive within", unit: "ms", better: "less" },
  ],
};
const WAYS = ["up", "down"] as const;
/** A bare server that answers when what it was sent is on the disk, as the hub does. */
export const FLUSHED = "bare, flushed";
/** A bare client that reads the file as it sends it: the other ones have it in memory before the clock starts. */
const IN_PIECES = "bare, in pieces";
/** How fast the slowest of them is to expect, to tell how long it takes. */
const [SLOW_BYTES, SLOW_FILES] = [300 * MIB, 800] as const;

/**
 * Files and folders through our hub's own store, against a bare `fetch`, and what they do to the hub's messages.
 * Everything stays up over all rounds; what was moved is removed before the next.
 */
export const TRANSFERS: Work = {
  name: "transfers",
  only: [OURS],
  seconds(_, { transfers: { rounds, fileRounds, fileBytes, files, latencyMs } }) {
    const [file, folder] = [fileBytes / SLOW_BYTES, files / SLOW_FILES];
    return fileRounds * 6 * file + rounds * (3 * folder + 4 * (latencyMs / 1_000 + file)) + 5;
  },
  async *measure([ours], { transfers: scale }) {
    await using scratch = new Scratch();
    const path = await scratch.file(scale.fileBytes);
    const folder = await scratch.tree(scale.files, SMALL_FILE_BYTES);
    await using hub = await HubProcess.start(ours!.launch);
    await using client = await WorkerProcess.start("load/transfer_client.ts", String(hub.port), `${hub.folder}/store`);
    await using bareServer = await HubProcess.start(bareFiles);
    await using bareClient = await WorkerProcess.start("load/bare_client.ts");
    const own = new OwnTransfers(hub, client, scratch);
    const bare = new BareTransfers(bareServer, bareClient, scratch);

    // Compilers settle, and the OSS client is loaded.
    const little = await scratch.file(16 * MIB);
    await own.file(little);
    await bare.file(little);

    console.error("memory fills");
    using cache = await FullCache.open(scratch);
    console.error("a large file");
    const turn = (transfer: (path: string) => Promise<TransferSample>) => () => {
      cache.take(3 * scale.fileBytes); // what was stored and arrived before was removed
      return transfer(path);
    };
    const file = await takeTurnsAt(scale.fileRounds, {
      "bare": turn((path) => bare.file(path)),
      [IN_PIECES]: turn((path) => bare.inPieces(path)),
      [FLUSHED]: turn((path) => bare.flushed(path)),
      [OURS]: turn((path) => own.file(path)),
    });
    const size = `${whole(scale.fileBytes / MIB)} MiB`;
    const speed = ({ seconds, ...cpu }: Move) => ({ speed: scale.fileBytes / MIB / seconds, ...cpu });
    for (const way of WAYS) yield finding(`file ${way}, ${size}`, "file", only(file, way, speed));

    console.error("a folder");
    const folders = await takeTurnsAt(scale.rounds, {
      objects: () => own.folder(folder, "objects"),
      tar: () => own.folder(folder, "tar"),
    });
    const count = `${whole(scale.files)} files of ${SMALL_FILE_BYTES / 1024} KiB`;
    const pace = ({ seconds }: Move) => ({ pace: scale.files / seconds });
    for (const way of WAYS) {
      yield { ...finding(`folder ${way}, ${count}`, "folder", only(folders, way, pace)), compared: ["tar"] };
    }

    console.error("messages meanwhile");
    const latency = await measureLatency({ hub, own, bare, scratch, path, scale });
    yield { ...finding("a text and its answer meanwhile", "messages", latency), compared: ["upload", "download"] };
  },
};

function finding(variant: string, figures: keyof typeof FIGURES, results: Results<Sample>): Finding {
  return { work: "transfers", variant, figures: FIGURES[figures], results };
}

/** What went one way, of those who went it. */
function only(
  results: Results<TransferSample>,
  way: typeof WAYS[number],
  figures: (move: Move) => Sample,
): Results<Sample> {
  const mapped = mapSamples(results, ({ [way]: move }) => move ? [figures(move)] : []);
  return Object.fromEntries(
    Object.entries(mapped).filter(([_, { samples, failed }]) => samples.length > 0 || failed !== undefined),
  );
}

interface Surroundings {
  hub: HubProcess;
  own: OwnTransfers;
  bare: BareTransfers;
  scratch: Scratch;
  path: string;
  scale: TransferScale;
}

async function measureLatency({ hub, own, bare, scratch, path, scale }: Surroundings): Promise<Results<Sample>> {
  const { key } = await own.upload(path);
  const measure = async (): Promise<Sample> => ({ ...await pingPong(hub.port, scale.latencyMs) });
  const during = async (move: () => Promise<unknown>): Promise<Sample> => {
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
  const results = await takeTurnsAt(scale.rounds, {
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

async function takeTurnsAt<Sample>(
  rounds: number,
  turns: Record<string, () => Promise<Sample>>,
): Promise<Results<Sample>> {
  const list = Object.entries(turns).map(([name, run]) => ({ contender: { name }, run }));
  return await takeTurns(list, rounds, ({ run }) => run());
}
