/** Up to this size, in bytes, room is made at once for all that is said to come: what is said need not be true. */
const TRUSTED_BYTES = 256 * 1024;

/** Bytes that come in pieces, joined. */
export class ByteCollector {
  #room = new Uint8Array();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What has come. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  /** Adds a piece. `expected` is how long all of it is said to be. */
  add(piece: Uint8Array, expected: number): void {
    const length = this.#length + piece.length;
    if (length > this.#room.length) {
      const larger = new Uint8Array(Math.min(expected, Math.max(2 * length, TRUSTED_BYTES)));
      larger.set(this.bytes);
      this.#room = larger;
    }
    this.#room.set(piece, this.#length);
    this.#length = length;
  }
}
