/** Who moves files, and how long it takes: our client through a hub, and a bare `fetch`. */

import type { Command, HubProcess } from "./hub_process.ts";
import { removeFolder } from "./leftovers.ts";
import { usage } from "./load/usage.ts";
import { type Scratch, settleDisk, sizeOf } from "./scratch.ts";
import type { WorkerProcess } from "./worker_process.ts";

/** Seconds of the clock, and of processor time in either process. */
export interface Move {
  seconds: number;
  storeCpu?: number;
  clientCpu?: number;
}

export interface TransferSample {
  up: Move;
  /** Missing where it would be another contender's. */
  down?: Move;
}

export class OwnTransfers {
  #hub: HubProcess;
  #client: WorkerProcess;
  #scratch: Scratch;

  constructor(hub: HubProcess, client: WorkerProcess, scratch: Scratch) {
    this.#hub = hub;
    this.#client = client;
    this.#scratch = scratch;
  }

  async file(path: string): Promise<TransferSample> {
    let key = "";
    const up = await this.#weigh(async () => {
      const sent = await this.upload(path);
      key = sent.key;
      return sent.up;
    });
    const directory = this.#scratch.path("arrived");
    const down = await this.#weigh(async () => (await this.download(key, directory)).down);
    await checkSize(directory, path);
    await removeFolder(directory);
    await this.remove([key]);
    return { up, down };
  }

  async folder(path: string, format: "objects" | "tar"): Promise<TransferSample> {
    await settleDisk();
    const directory = this.#scratch.path("arrived");
    const { up, down } = await this.#client.ask<{ up: number; down: number }>(
      ...["deliver", path, "folder", directory, format] as const,
    );
    await checkSize(directory, path);
    // What arrived stays until all is over: where thousands of files were removed just now, ext4 takes ten times as long
    // to make new ones.
    return { up: { seconds: up }, down: { seconds: down } };
  }

  async upload(path: string): Promise<{ up: number; key: string }> {
    return await this.#client.ask("upload", path);
  }

  async download(key: string, directory: string): Promise<{ down: number }> {
    return await this.#client.ask("download", key, directory);
  }

  async remove(keys: string[]): Promise<void> {
    await this.#client.ask("remove", keys);
  }

  #weigh(move: () => Promise<number>): Promise<Move> {
    return weigh(this.#hub, this.#client, move);
  }
}

export class BareTransfers {
  #server: HubProcess;
  #client: WorkerProcess;
  #scratch: Scratch;

  constructor(server: HubProcess, client: WorkerProcess, scratch: Scratch) {
    this.#server = server;
    this.#client = client;
    this.#scratch = scratch;
  }

  async file(path: string): Promise<TransferSample> {
    const { up } = await this.upload(path);
    const arrived = this.#scratch.path("arrived");
    const down = await this.#weigh(() => this.#client.ask("download", this.#url(), arrived));
    await checkSize(arrived, path);
    await removeFolder(arrived);
    await this.#remove();
    return { up, down };
  }

  /** The server answers when the file is on the disk. */
  async flushed(path: string): Promise<TransferSample> {
    return await this.#uploadAlone("upload", this.#url("flush"), path);
  }

  /** The file is read as it is sent, by a program that knows how to have Deno tell its length. */
  async inPieces(path: string): Promise<TransferSample> {
    return await this.#uploadAlone("uploadInPieces", this.#url(), path);
  }

  /** Into a new file, or in the place of what was uploaded before. */
  async upload(path: string): Promise<TransferSample> {
    return await this.#put("upload", this.#url(), path);
  }

  async #uploadAlone(order: string, url: string, path: string): Promise<TransferSample> {
    const sample = await this.#put(order, url, path);
    await this.#remove();
    return sample;
  }

  async #put(order: string, url: string, path: string): Promise<TransferSample> {
    const up = await this.#weigh(() => this.#client.ask(order, url, path));
    await checkSize(bareFile(this.#server.folder), path);
    return { up };
  }

  /** As ours is removed: who writes over a file has the memory for it at hand, which others are given anew. */
  async #remove(): Promise<void> {
    await Deno.remove(bareFile(this.#server.folder));
  }

  #url(path = ""): string {
    return `http://127.0.0.1:${this.#server.port}/${path}`;
  }

  #weigh(move: () => Promise<number>): Promise<Move> {
    return weigh(this.#server, this.#client, move);
  }
}

export function bareFiles(port: number, folder: string): Command {
  const script = `${import.meta.dirname}/contenders/bare_files.ts`;
  const permissions = ["--allow-net=127.0.0.1", `--allow-read=${folder}`, `--allow-write=${folder}`];
  return {
    program: Deno.execPath(),
    args: ["run", "--no-config", "--no-prompt", ...permissions, script, String(port), bareFile(folder)],
  };
}

function bareFile(folder: string): string {
  return `${folder}/bare.bin`;
}

async function weigh(store: HubProcess, client: WorkerProcess, move: () => Promise<number>): Promise<Move> {
  await settleDisk();
  const measure = () => Promise.all([usage(store.pid), usage(client.pid)]);
  const before = await measure();
  const seconds = await move();
  const [storeCpu, clientCpu] = (await measure()).map(({ cpuSeconds }, index) => {
    return cpuSeconds === undefined ? undefined : cpuSeconds - before[index]!.cpuSeconds!;
  });
  return { seconds, storeCpu, clientCpu };
}

async function checkSize(arrived: string, sent: string): Promise<void> {
  const [there, wanted] = [await sizeOf(arrived), await sizeOf(sent)];
  if (there !== wanted) throw new Error(`${there} bytes arrived, and ${wanted} were sent`);
}
