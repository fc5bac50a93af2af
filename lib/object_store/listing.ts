import { Buffer } from "node:buffer";
import { type Call, findBucket, integer, isoDate, keyWriter, quoted, xmlResponse } from "./call.ts";
import type { Bucket, Catalog, StoredObject } from "./catalog.ts";
import { invalidArgument, OssError } from "./errors.ts";
import { after, afterPrefix, later } from "./key_order.ts";
import type { XmlElement } from "./xml.ts";

const DEFAULT_KEYS = 100;
const MAX_KEYS = 1000;
/** How many keys are looked at before it is known that they are not all under one common prefix. */
const PROBE = 16;

/** A page of a listing. */
export interface Page {
  objects: StoredObject[];
  commonPrefixes: string[];
  /** What to go on after, where there is more. */
  next: string | undefined;
}

/** What a page is asked for. */
export interface PageQuery {
  prefix: string;
  delimiter: string;
  /** The key or common prefix to go on after; `""` begins at the beginning. */
  marker: string;
  max: number;
}

/** Reads a page: objects, and with a delimiter in place of all that go on alike up to it, their common prefix. */
export function readPage(catalog: Catalog, bucket: Bucket, { prefix, delimiter, marker, max }: PageQuery): Page {
  const page: Page = { objects: [], commonPrefixes: [], next: undefined };
  if (max === 0) return page;
  const commonPrefixOf = (key: string) => {
    const at = delimiter === "" || !key.startsWith(prefix) ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  };
  const end = afterPrefix(prefix);
  let first: Buffer = Buffer.from(prefix);
  // A page that ended with a common prefix names it as the marker: what is under it has been listed.
  if (marker !== "") first = later(first, commonPrefixOf(marker) === marker ? afterPrefix(marker) : after(marker));
  let last = "";
  let batch = delimiter === "" ? max + 1 : PROBE;
  for (;;) {
    const objects = catalog.objects(bucket, first, end, batch);
    let skipped = false;
    for (const object of objects) {
      if (page.objects.length + page.commonPrefixes.length === max) {
        page.next = last;
        return page;
      }
      const commonPrefix = commonPrefixOf(object.key);
      if (commonPrefix === undefined) {
        page.objects.push(object);
        last = object.key;
        first = after(last);
        continue;
      }
      page.commonPrefixes.push(commonPrefix);
      last = commonPrefix;
      first = afterPrefix(commonPrefix);
      skipped = true;
      break;
    }
    if (!skipped && objects.length < batch) return page;
    batch = skipped ? PROBE : Math.min(batch * 2, max + 1);
  }
}

/** `GET` of a bucket: a listing of version 1, or of version 2 with `list-type=2`. */
export function listObjects(call: Call): Response {
  const bucket = findBucket(call, call.bucket);
  const { encodingType, writeKey } = keyWriter(call);
  const version2 = call.query.get("list-type") === "2";
  const [prefix, delimiter] = [call.query.get("prefix") ?? "", call.query.get("delimiter") ?? ""];
  const max = integer(call, "max-keys", [0, MAX_KEYS], DEFAULT_KEYS);
  const token = call.query.get("continuation-token") ?? "";
  const startAfter = call.query.get("start-after") ?? "";
  const marker = version2 ? readToken(token) || startAfter : call.query.get("marker") ?? "";
  const { objects, commonPrefixes, next } = readPage(call.catalog, bucket, { prefix, delimiter, marker, max });
  const withOwner = !version2 || call.query.get("fetch-owner") === "true";
  const paging: XmlElement[] = version2
    ? [
      ["StartAfter", startAfter === "" ? undefined : writeKey(startAfter)],
      ["ContinuationToken", token === "" ? undefined : token],
      ["NextContinuationToken", next === undefined ? undefined : writeToken(next)],
      ["KeyCount", objects.length + commonPrefixes.length],
    ]
    : [["Marker", writeKey(marker)], ["NextMarker", next === undefined ? undefined : writeKey(next)]];
  return xmlResponse(["ListBucketResult", [
    ["Name", bucket.name],
    ["Prefix", writeKey(prefix)],
    ["MaxKeys", max],
    ["Delimiter", writeKey(delimiter)],
    ["EncodingType", encodingType],
    ["IsTruncated", next !== undefined],
    ...paging,
    ...objects.map(({ key, modified, etag, type, size }): XmlElement => ["Contents", [
      ["Key", writeKey(key)],
      ["LastModified", isoDate(modified)],
      ["ETag", quoted(etag)],
      ["Type", type],
      ["Size", size],
      ["StorageClass", "Standard"],
      ["Owner", withOwner ? [["ID", "crosscomm"], ["DisplayName", "crosscomm"]] : undefined],
    ]]),
    ...commonPrefixes.map((prefix): XmlElement => ["CommonPrefixes", [["Prefix", writeKey(prefix)]]]),
  ]]);
}

/** `GET ?uploads`: the uploads that are under way. */
export function listUploads(call: Call): Response {
  const bucket = findBucket(call, call.bucket);
  const { encodingType, writeKey } = keyWriter(call);
  if (call.query.get("delimiter")) {
    throw new OssError(501, "NotImplemented", "Uploads are listed here without a delimiter.");
  }
  const prefix = call.query.get("prefix") ?? "";
  const keyMarker = call.query.get("key-marker") ?? "";
  const idMarker = keyMarker === "" ? "" : call.query.get("upload-id-marker") ?? "";
  const max = integer(call, "max-uploads", [1, MAX_KEYS], MAX_KEYS);
  // Without an id the marker means: after all uploads of that key.
  const marker = keyMarker === "" ? Buffer.alloc(0) : idMarker === "" ? after(keyMarker) : Buffer.from(keyMarker);
  const first = later(marker, Buffer.from(prefix));
  const id = first === marker ? idMarker : "";
  const found = call.uploads.list(bucket, first, id, afterPrefix(prefix), max + 1);
  const uploads = found.slice(0, max);
  const truncated = found.length > max;
  return xmlResponse(["ListMultipartUploadsResult", [
    ["EncodingType", encodingType],
    ["Bucket", bucket.name],
    ["KeyMarker", writeKey(keyMarker)],
    ["UploadIdMarker", idMarker],
    ["NextKeyMarker", truncated ? writeKey(uploads.at(-1)!.key) : ""],
    ["NextUploadIdMarker", truncated ? uploads.at(-1)!.id : ""],
    ["Delimiter", ""],
    ["Prefix", writeKey(prefix)],
    ["MaxUploads", max],
    ["IsTruncated", truncated],
    ...uploads.map(({ key, id, created }): XmlElement => ["Upload", [
      ["Key", writeKey(key)],
      ["UploadId", id],
      ["StorageClass", "Standard"],
      ["Initiated", isoDate(created)],
    ]]),
  ]]);
}

/** A token says what to go on after. It is made of letters that survive every kind of encoding. */
function writeToken(marker: string): string {
  return Buffer.from(marker).toString("base64url");
}

function readToken(token: string): string {
  const marker = Buffer.from(token, "base64url").toString();
  if (writeToken(marker) === token) return marker;
  throw invalidArgument("continuation-token", token, "This is no continuation-token of this store.");
}
