import { type Call, findBucket, xmlResponse } from "./call.ts";
import type { StoredObject } from "./catalog.ts";
import { isRangeWanted, isUnmodified } from "./conditions.ts";
import { noSuchKey } from "./errors.ts";
import { objectHeaders } from "./object_headers.ts";
import { readRange } from "./range.ts";

/** What a signed address may change about an answer. */
const OVERRIDES = [
  "content-type",
  "content-language",
  "content-encoding",
  "content-disposition",
  "cache-control",
  "expires",
];

/** `GET` and `HEAD` of an object. */
export async function getObject(call: Call): Promise<Response> {
  const object = findObject(call);
  const headers: Record<string, string> = objectHeaders(object);
  for (const name of OVERRIDES) {
    const value = call.query.get(`response-${name}`);
    if (value !== undefined && value !== "") headers[name] = checkHeader(value);
  }
  if (isUnmodified(call.headers, object)) {
    delete headers["content-length"];
    return new Response(null, { status: 304, headers });
  }
  const range = isRangeWanted(call.headers, object) ? readRange(call.headers.get("range"), object.size) : undefined;
  const { start, end } = range ?? { start: 0, end: object.size };
  if (range !== undefined) {
    headers["content-range"] = `bytes ${start}-${end - 1}/${object.size}`;
    headers["content-length"] = String(end - start);
  }
  // Nothing is awaited between what the catalog says and the reading of it, so that it is still there.
  const content = call.method === "HEAD" || start === end
    ? null
    : await call.blobs.read(call.catalog.pieces(object.holder), start, end);
  return new Response(content, { status: range === undefined ? 200 : 206, headers });
}

/** `?acl`: there are no access lists here, and this is how OSS says so. */
export function getAcl(call: Call): Response {
  if (call.key === "") findBucket(call, call.bucket);
  else findObject(call);
  return xmlResponse(["AccessControlPolicy", [
    ["Owner", [["ID", "crosscomm"], ["DisplayName", "crosscomm"]]],
    ["AccessControlList", [["Grant", call.key === "" ? "private" : "default"]]],
  ]]);
}

/** The object that a call is about. @throws {OssError} `NoSuchBucket`, `NoSuchKey`. */
function findObject(call: Call): StoredObject {
  const object = call.catalog.object(findBucket(call, call.bucket), call.key);
  if (object === undefined) throw noSuchKey(call.key);
  return object;
}

/** A header can hold no line breaks, and beyond ASCII only bytes. */
function checkHeader(value: string): string {
  // deno-lint-ignore no-control-regex -- these are the ones to catch
  const clean = value.replaceAll(/[\x00-\x08\x0a-\x1f\x7f]/g, " ");
  return Array.from(new TextEncoder().encode(clean), (byte) => String.fromCharCode(byte)).join("");
}
