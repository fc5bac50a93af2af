import { createHash } from "node:crypto";

/** So much is hashed at a time, in bytes: for so long nothing else is sent or received. */
const PIECE_BYTES = 512 * 1024;

/** Reads bytes that are to be sent, and takes the SHA-256 of what it has read. */
export class HashedReader {
  readonly #read: (buffer: Uint8Array) => Promise<number>;
  readonly #hash = createHash("sha256");
  #size = 0;

  /** `read` fills the buffer unless the bytes end before, and gives their number. */
  constructor(read: (buffer: Uint8Array) => Promise<number>) {
    this.#read = read;
  }

  /** How many bytes it has read. */
  get size(): number {
    return this.#size;
  }

  /** Fills the buffer unless the bytes end before, and gives their number. */
  async read(buffer: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < buffer.length) {
      const piece = buffer.subarray(filled, filled + PIECE_BYTES);
      const count = await this.#read(piece);
      this.#hash.update(piece.subarray(0, count));
      filled += count;
      if (count < piece.length) break;
    }
    this.#size += filled;
    return filled;
  }

  /** The SHA-256 of all that was read, in hexadecimal. Ends it. */
  sha256(): string {
    return this.#hash.digest("hex");
  }
}
