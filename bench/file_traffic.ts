/** Files and folders that go from client to client through a hub's store while something else is measured. */

import { setTimeout as sleep } from "node:timers/promises";
import type { HubProcess } from "./hub_process.ts";
import { Scratch } from "./scratch.ts";
import { WorkerProcess } from "./worker_process.ts";

/** Each second, and which of them is a folder. */
const RATE = 2;
const FOLDER_EVERY = 4;
const FILE_BYTES = 1024 * 1024;
const [FOLDER_FILES, FOLDER_FILE_BYTES] = [20, 4_096] as const;

export class FileTraffic implements AsyncDisposable {
  /** Milliseconds from the moment that it was due to be sent until it was whole on the receiver's disk. */
  readonly times: Record<"file" | "folder", number[]> = { file: [], folder: [] };
  readonly #client: WorkerProcess;
  readonly #scratch = new Scratch();
  #paths = { file: "", folder: "" };

  private constructor(client: WorkerProcess) {
    this.#client = client;
  }

  /** What the client loads for its first file is loaded when it resolves. */
  static async start(hub: HubProcess): Promise<FileTraffic> {
    const store = `${hub.folder}/store`;
    const traffic = new FileTraffic(await WorkerProcess.start("load/transfer_client.ts", String(hub.port), store));
    try {
      traffic.#paths = {
        file: await traffic.#scratch.file(FILE_BYTES),
        folder: await traffic.#scratch.tree(FOLDER_FILES, FOLDER_FILE_BYTES),
      };
      for (const kind of ["file", "folder"] as const) await traffic.#deliver(kind);
      return traffic;
    } catch (error) {
      await traffic[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Sends at the same rate whatever it takes, until it is over. */
  async run(isOver: () => boolean): Promise<void> {
    const start = performance.now();
    for (let sent = 0; !isOver(); sent++) {
      const due = start + (sent * 1_000) / RATE;
      await sleep(Math.max(0, due - performance.now()));
      if (isOver()) return;
      const kind = sent % FOLDER_EVERY === FOLDER_EVERY - 1 ? "folder" : "file";
      await this.#deliver(kind);
      this.times[kind].push(performance.now() - due);
    }
  }

  /** Forgets what was measured. */
  clear(): void {
    for (const times of Object.values(this.times)) times.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.stop();
    await this.#scratch[Symbol.asyncDispose]();
  }

  async #deliver(kind: "file" | "folder"): Promise<void> {
    await this.#client.ask("deliver", this.#paths[kind], kind, this.#scratch.path("arrived"));
  }
}
