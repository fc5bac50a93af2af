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
  const kept = pick(headers, (name) => KEPT.includes(name) || name.startsWith(META));
  kept["content-type"] ??= "application/octet-stream";
  return kept;
}

/** Those alone that a user gives a name. @throws {OssError} `InvalidArgument` where they are too long. */
export function metadata(headers: Headers): Record<string, string> {
  return pick(headers, (name) => name.startsWith(META));
}

function pick(headers: Headers, isWanted: (name: string) => boolean): Record<string, string> {
  const picked = Object.fromEntries([...headers].filter(([name]) => isWanted(name)));
  const size = Object.entries(picked).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size <= MAX_BYTES) return picked;
  throw invalidArgument(`${META}*`, "", `The headers of an object may be ${MAX_BYTES} bytes long, and are ${size}.`);
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
