import { OssError } from "./errors.ts";

/** Bytes from `start` to before `end`. */
export interface Range {
  start: number;
  end: number;
}

/**
 * The range that a `Range` header asks for; `undefined` where it asks for none, or in a way that is ignored: several
 * ranges, or other units.
 *
 * @throws {OssError} `InvalidRange` where nothing of the object lies in it.
 */
export function readRange(header: string | null, size: number): Range | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start >= size || start >= end) {
    throw new OssError(416, "InvalidRange", "The requested range cannot be satisfied.", {
      details: { ActualObjectSize: String(size), RangeRequested: header! },
      headers: { "content-range": `bytes */${size}` },
    });
  }
  return { start, end };
}
