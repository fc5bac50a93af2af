import type { StoredObject } from "./catalog.ts";
import { quoted } from "./call.ts";
import { invalidArgument } from "./errors.ts";

const KEPT = [
  "content-type",
  "content-disposition",
  "content-encoding",
  "content-language",
  "cache-control",
  "expires",
];
const META = "x-oss-meta-";
const MAX_BYTES = 8 * 1024;

/** The headers of a request that are kept with the object. @throws {OssError} `InvalidArgument` where they are too long. */
export function keptHeaders(headers: Headers): Record<string, string> {
  const kept = Object.fromEntries([...headers].filter(([name]) => KEPT.includes(name) || name.startsWith(META)));
  const size = Object.entries(kept).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > MAX_BYTES) {
    throw invalidArgument(`${META}*`, "", `The headers of an object may be ${MAX_BYTES} bytes long, and are ${size}.`);
  }
  kept["content-type"] ??= "application/octet-stream";
  return kept;
}

/** The headers of an answer with this object, or about it. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  const { type, size, etag, crc, headers, modified } = object;
  return {
    ...headers,
    "accept-ranges": "bytes",
    "content-length": String(size),
    "etag": quoted(etag),
    "last-modified": new Date(modified).toUTCString(),
    "x-oss-hash-crc64ecma": String(crc),
    "x-oss-object-type": type,
    "x-oss-storage-class": "Standard",
    ...type === "Appendable" ? { "x-oss-next-append-position": String(size) } : {},
  };
}
