// @ts-types="npm:@types/ali-oss@^6.23.3"
import type OSS from "ali-oss";
import { createHash } from "node:crypto";
import { CrossCommError } from "../protocol/errors.ts";
import type { CheckedBytes } from "./checked_bytes.ts";

/** What a store tells of a part that it has. */
interface HeldPart {
  PartNumber: string;
  ETag: string;
  Size: string;
  HashCrc64ecma?: string;
}

/** The parts that a store has of an upload that was cut off. */
export class HeldParts {
  readonly #parts: ReadonlyMap<number, HeldPart>;

  private constructor(parts: ReadonlyMap<number, HeldPart>) {
    this.#parts = parts;
  }

  /** Reads the list, page by page; `undefined` where the upload is gone, or not for us to go on with. */
  static async list(
    readPage: (query: OSS.ListPartsQuery) => Promise<OSS.ListPartsResult>,
  ): Promise<HeldParts | undefined> {
    const parts = new Map<number, HeldPart>();
    try {
      for (let marker: number | undefined = 0; marker !== undefined;) {
        const page: OSS.ListPartsResult = await readPage({
          "max-parts": 1000,
          "part-number-marker": marker,
          "encoding-type": "url",
        });
        // The types are wrong about them; and a single one is no list.
        const held = page.parts as unknown as HeldPart | HeldPart[];
        for (const part of [held].flat()) parts.set(Number(part.PartNumber), part);
        marker = String(page.isTruncated) === "true" ? Number(page.nextPartNumberMarker) : undefined;
      }
    } catch (error) {
      if (error instanceof CrossCommError && /^STORAGE_(FAILED|DENIED)$/.test(error.code)) return undefined;
      throw error;
    }
    return new HeldParts(parts);
  }

  /** The tag of a part, if the store has it, and it is these bytes. */
  tagOf(number: number, bytes: CheckedBytes): string | undefined {
    const part = this.#parts.get(number);
    return part !== undefined && isSame(part, bytes) ? part.ETag : undefined;
  }
}

/** By the store's own checksum, or else by the tag, which is often the MD5. */
function isSame({ Size, HashCrc64ecma, ETag }: HeldPart, { bytes, crc64 }: CheckedBytes): boolean {
  if (Number(Size) !== bytes.length) return false;
  if (HashCrc64ecma !== undefined) return HashCrc64ecma === String(crc64);
  return ETag.replaceAll('"', "").toLowerCase() === createHash("md5").update(bytes).digest("hex");
}
