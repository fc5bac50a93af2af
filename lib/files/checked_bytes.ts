import { combineCrc64, Crc64 } from "../protocol/crc64.ts";

/** So much is checked at a time, in bytes: for so long nothing else is sent or received. */
const PIECE_BYTES = 512 * 1024;

/** Bytes and their checksum, CRC-64/XZ, which every OSS store tells of what it has got. */
export interface CheckedBytes {
  bytes: Uint8Array;
  crc64: bigint;
}

export const NOTHING: CheckedBytes = { bytes: new Uint8Array(), crc64: 0n };

/** Reads bytes that are to be sent, and takes their checksum as it reads. */
export class CheckedReader {
  readonly #read: (buffer: Uint8Array) => Promise<number>;
  #size = 0;
  #crc64 = 0n;

  /** `read` fills the buffer unless the bytes end before, and gives their number. */
  constructor(read: (buffer: Uint8Array) => Promise<number>) {
    this.#read = read;
  }

  /** How many bytes it has read. */
  get size(): number {
    return this.#size;
  }

  /** The checksum of all that it has read. */
  get crc64(): bigint {
    return this.#crc64;
  }

  /** Fills the buffer unless the bytes end before. */
  async read(buffer: Uint8Array): Promise<CheckedBytes> {
    const crc = new Crc64();
    let filled = 0;
    while (filled < buffer.length) {
      const piece = buffer.subarray(filled, filled + PIECE_BYTES);
      const count = await this.#read(piece);
      crc.update(piece.subarray(0, count));
      filled += count;
      if (count < piece.length) break;
    }
    this.#size += filled;
    this.#crc64 = combineCrc64(this.#crc64, crc.value, filled);
    return { bytes: buffer.subarray(0, filled), crc64: crc.value };
  }
}
