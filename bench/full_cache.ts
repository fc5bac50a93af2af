/** Memory as it is on a machine that has been up for a while. */

import type { Scratch } from "./scratch.ts";

const BLOCK = new Uint8Array(1024 * 1024);

/**
 * Keeps memory full of the system's cache, which gives way to whoever wants memory. What is free instead, a virtual
 * machine may have given back to its host, and to get it again costs seconds a GiB of whoever comes first.
 */
export class FullCache implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #size: number;

  private constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#size = size;
  }

  static async open(scratch: Scratch): Promise<FullCache> {
    const { total } = Deno.systemMemoryInfo();
    const file = await Deno.open(scratch.path("cache.bin"), { read: true, write: true, createNew: true });
    file.truncateSync(total); // nothing but a hole: it takes no room on the disk
    const cache = new FullCache(file, total);
    cache.take(total);
    return cache;
  }

  /** Takes so much memory that has become free, in bytes. */
  take(bytes: number): void {
    for (let left = bytes; left > 0;) {
      const count = this.#file.readSync(BLOCK);
      if (count === null) this.#file.seekSync(0, Deno.SeekMode.Start);
      else left -= count;
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
