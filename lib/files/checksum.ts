import { createHash, type Hash } from "node:crypto";
import { CrossCommError } from "../protocol/errors.ts";
import { Crc64 } from "../protocol/crc64.ts";
import type { ObjectHead } from "./storage.ts";

/** What is known of an object's bytes. */
export interface KnownBytes extends Pick<ObjectHead, "key" | "size" | "crc64"> {
  /** In hexadecimal: the tag of an object is often that, but only its like shows. */
  md5?: string;
}

/**
 * Checks bytes against what the store tells of their object: its checksum, which is that of what the sender read, or
 * else the MD5, or else the length alone.
 */
export class Checksum {
  readonly #known: KnownBytes;
  readonly #crc64: Crc64 | undefined;
  readonly #md5: Hash | undefined;
  #size = 0;

  constructor(known: KnownBytes) {
    this.#known = known;
    if (known.crc64 !== undefined) this.#crc64 = new Crc64();
    else if (known.md5 !== undefined) this.#md5 = createHash("md5");
  }

  update(bytes: Uint8Array): void {
    this.#size += bytes.length;
    this.#crc64?.update(bytes);
    this.#md5?.update(bytes);
  }

  /** Whether these are the bytes of the object. Ends it. */
  fits(): boolean {
    const { size, crc64, md5 } = this.#known;
    if (this.#size !== size) return false;
    if (this.#crc64 !== undefined) return this.#crc64.value === crc64;
    return this.#md5 === undefined || this.#md5.digest("hex") === md5;
  }

  /** @throws {CrossCommError} `FILE_DAMAGED`. */
  check(): void {
    if (this.fits()) return;
    const why = `${this.#known.key} arrived, but not as it was sent: nothing of it was kept; have it sent again`;
    throw new CrossCommError("FILE_DAMAGED", why);
  }
}
