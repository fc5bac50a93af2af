import { freeBytes } from "./free_bytes.ts";

/** So much is written at a time: handing it to another thread costs as much for little as for much. */
const BATCH = 1024 * 1024;
/** Writes what comes, and nothing has to be awaited. */
export class WriterAtOnce {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  write(chunk: Uint8Array): undefined {
    for (let written = 0; written < chunk.length;) written += this.#file.writeSync(chunk.subarray(written));
  }

  async finish(): Promise<void> {}
}

/** Gathers what comes and writes it while more comes: the disk holds nobody up but the sender. */
export class BatchWriter {
  readonly #file: Deno.FsFile;
  #filling: Uint8Array;
  #filled = 0;
  #spare: Uint8Array;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: Deno.FsFile, length = BATCH) {
    this.#file = file;
    this.#filling = new Uint8Array(Math.min(BATCH, length));
    this.#spare = new Uint8Array(this.#filling.length);
  }

  /** What is returned, if anything, is to be awaited before the next call. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    const fits = this.#filling.length - this.#filled;
    this.#filling.set(chunk.length <= fits ? chunk : chunk.subarray(0, fits), this.#filled);
    this.#filled += Math.min(chunk.length, fits);
    return chunk.length < fits ? undefined : this.#next(chunk.subarray(fits));
  }

  /** Resolves when all is written. Nothing can be written after it. */
  async finish(): Promise<void> {
    try {
      await this.#writing;
      await this.#writeAll(this.#filling.subarray(0, this.#filled));
    } finally {
      freeBytes(this.#filling);
      freeBytes(this.#spare);
    }
  }

  async #next(rest: Uint8Array): Promise<void> {
    await this.#writing;
    const full = this.#filling;
    this.#filling = this.#spare;
    this.#spare = full;
    this.#filled = 0;
    this.#writing = this.#writeAll(full);
    this.#writing.catch(() => {}); // whoever awaits it hears of it
    await this.write(rest);
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) written += await this.#file.write(bytes.subarray(written));
  }
}
