import { createHash, type Hash } from "node:crypto";
import { CrossCommError } from "../protocol/errors.ts";
import { Crc64 } from "../protocol/crc64.ts";
import type { ObjectHead } from "./storage.ts";

/**
 * Checks bytes against what the store tells of their object: the digest that our sender put there, or else the store's
 * own checksum, or else the length alone.
 */
export class Checksum {
  readonly #head: ObjectHead;
  readonly #sha256: Hash | undefined;
  readonly #crc64: Crc64 | undefined;
  #size = 0;

  constructor(head: ObjectHead) {
    this.#head = head;
    if (head.sha256 !== undefined) this.#sha256 = createHash("sha256");
    else if (head.crc64 !== undefined) this.#crc64 = new Crc64();
  }

  update(bytes: Uint8Array): void {
    this.#size += bytes.length;
    this.#sha256?.update(bytes);
    this.#crc64?.update(bytes);
  }

  /** Whether these are the bytes of the object. Ends it. */
  fits(): boolean {
    if (this.#size !== this.#head.size) return false;
    if (this.#sha256 !== undefined) return this.#sha256.digest("hex") === this.#head.sha256;
    return this.#crc64 === undefined || String(this.#crc64.value) === this.#head.crc64;
  }

  /** @throws {CrossCommError} `FILE_DAMAGED`. */
  check(): void {
    if (this.fits()) return;
    const why = `${this.#head.key} arrived, but not as it was sent: nothing of it was kept; have it sent again`;
    throw new CrossCommError("FILE_DAMAGED", why);
  }
}

/** Whether a file holds what an object holds; `false` as well where the store tells too little to know. */
export async function isSameFile(path: string, head: ObjectHead): Promise<boolean> {
  if (head.sha256 === undefined && head.crc64 === undefined) return false;
  const { isFile, size } = await Deno.lstat(path);
  if (!isFile || size !== head.size) return false;
  const checksum = new Checksum(head);
  using file = await Deno.open(path);
  const buffer = new Uint8Array(Math.min(size + 1, 1 << 20));
  for (let count; (count = await file.read(buffer)) !== null;) checksum.update(buffer.subarray(0, count));
  return checksum.fits();
}
