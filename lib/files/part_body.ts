import type { watch } from "./patience.ts";

/** How much of a part is handed over at a time. */
const PIECE_BYTES = 256 * 1024;

/**
 * A part in pieces. `fetch` would send a stream in chunks, which take the receiver a tenth longer; a `Blob` it asks for
 * its length, and then for its stream.
 */
export class PartBody extends Blob {
  readonly #chunks: Uint8Array<ArrayBuffer>[];
  readonly #sending: ReturnType<typeof watch>;

  constructor(chunks: Uint8Array<ArrayBuffer>[], sending: ReturnType<typeof watch>) {
    super();
    this.#chunks = chunks;
    this.#sending = sending;
  }

  override get size(): number {
    return this.#chunks.reduce((size, chunk) => size + chunk.length, 0);
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return ReadableStream.from(this.#pieces());
  }

  async *#pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (const chunk of this.#chunks) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        this.#sending.moved();
        yield chunk.subarray(at, at + PIECE_BYTES);
      }
    }
    // How far the system is nobody sees, and the time limit counts alone.
    this.#sending[Symbol.dispose]();
  }
}
