/** A bare `fetch` of files. */

import { openAsBlob } from "node:fs";
import { obey, timed } from "./orders.ts";

async function put(url: string, body: BodyInit): Promise<void> {
  const response = await fetch(url, { method: "PUT", body });
  if (!response.ok) throw new Error(`the server answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

/** Each file once: what is kept of a blob is freed late, and gigabytes of them made slow whoever came next. */
const blobs = new Map<string, Blob>();

/** In those of `Deno.FsFile.readable`, of 64 KiB, it takes longer. */
const PIECE_BYTES = 256 * 1024;

/** A file that is read as it is sent: for Deno a blob, whose length is known before. */
class FileInPieces extends Blob {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    super();
    this.#file = file;
  }

  override get size(): number {
    return this.#file.statSync().size;
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return ReadableStream.from(this.#pieces());
  }

  async *#pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    while (true) {
      const piece = new Uint8Array(PIECE_BYTES);
      const count = await this.#file.read(piece);
      if (count === null) return;
      yield piece.subarray(0, count);
    }
  }
}

await obey({
  /**
   * As a blob: a stream goes without its length, and Deno reads such a body slowly. Reading the file into memory takes
   * longer than the rest, and no upload needs it, so that the clock starts after it.
   */
  async upload(url: string, path: string) {
    const blob = blobs.get(path) ?? await openAsBlob(path);
    blobs.set(path, blob);
    return await timed(() => put(url, blob));
  },

  uploadInPieces: (url: string, path: string) =>
    timed(async () => {
      using file = await Deno.open(path);
      await put(url, new FileInPieces(file));
    }),

  download: (url: string, path: string) =>
    timed(async () => {
      const response = await fetch(url);
      if (!response.ok || !response.headers.has("content-length")) {
        throw new Error(`the server answered ${response.status}, or no length`);
      }
      await response.body!.pipeTo((await Deno.open(path, { write: true, createNew: true })).writable);
    }),
});
