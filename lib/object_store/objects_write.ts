import { readCopySource } from "./address.ts";
import { bodyLength, receive, type Received } from "./body.ts";
import { type Call, findBucket, isoDate, quoted, xmlResponse } from "./call.ts";
import type { Bucket, Content, NewObject, Piece, StoredObject } from "./catalog.ts";
import { checkCopyConditions } from "./conditions.ts";
import { noSuchKey, OssError } from "./errors.ts";
import { keptHeaders } from "./object_headers.ts";
import { prepare } from "./prepare.ts";

const MAX_KEY_BYTES = 1023;

/** `PUT` of an object. */
export async function putObject(call: Call): Promise<Response> {
  checkKey(call.key);
  const bucket = findBucket(call, call.bucket);
  const headers = keptHeaders(call.headers);
  checkOverwrite(call, bucket);
  await using received = await receiveBody(call, bucket);
  const { content } = received;
  const object: NewObject = { key: call.key, type: "Normal", headers, ...identity(content) };
  await writeObject(call, bucket, (bucket) => call.catalog.putObject(bucket, object, content.pieces));
  return new Response(null, { headers: contentHeaders(content, content.md5) });
}

/** `PUT` with `x-oss-copy-source`: a copy, or new headers for an object that is copied to itself. No content moves. */
export async function copyObject(call: Call): Promise<Response> {
  checkKey(call.key);
  const bucket = findBucket(call, call.bucket);
  const { source, pieces } = findCopySource(call);
  checkCopyConditions(call.headers, source);
  checkOverwrite(call, bucket);
  call.space.checkBucket(bucket, source.size);
  call.space.checkDisk();
  using prepared = await prepare(call, pieces);
  call.space.checkBucket(bucket, source.size); // again, for others came meanwhile
  const replace = call.headers.get("x-oss-metadata-directive")?.toUpperCase() === "REPLACE";
  const headers = replace ? keptHeaders(call.headers) : source.headers;
  const type = source.type === "Appendable" ? "Normal" : source.type;
  const object: NewObject = { ...source, key: call.key, type, headers };
  const copy = await writeObject(call, bucket, (bucket) => call.catalog.putObject(bucket, object, prepared.made));
  return xmlResponse(
    ["CopyObjectResult", [["LastModified", isoDate(copy.modified)], ["ETag", quoted(copy.etag)]]],
    contentHeaders(copy),
  );
}

/** `DELETE` of an object, there or not. */
export async function deleteObject(call: Call): Promise<Response> {
  call.catalog.removeObject(findBucket(call, call.bucket), call.key);
  await call.catalog.database.safe();
  return new Response(null, { status: 204 });
}

/**
 * Has an object written; resolves when it survives a power cut.
 *
 * @throws {OssError} `FileAlreadyExists`.
 */
export async function writeObject(
  call: Call,
  { name }: Bucket,
  write: (bucket: Bucket) => StoredObject,
): Promise<StoredObject> {
  const bucket = findBucket(call, name);
  checkOverwrite(call, bucket); // again, for another may have come first
  const written = write(bucket);
  await call.catalog.database.safe();
  return written;
}

/** The object to copy, readable for whoever makes the call. @throws {OssError}. */
export function findCopySource(call: Call): { source: StoredObject; pieces: Piece[] } {
  const target = readCopySource(call.headers.get("x-oss-copy-source")!);
  call.rights.checkRead(target.bucket);
  const source = call.catalog.object(findBucket(call, target.bucket), target.key);
  if (source === undefined) throw noSuchKey(target.key);
  return { source, pieces: call.catalog.pieces(source.holder) };
}

/** @throws {OssError} `FileAlreadyExists` where an object is there and the call forbids to overwrite it. */
export function checkOverwrite({ headers, catalog, key }: Call, bucket: Bucket): void {
  if (headers.get("x-oss-forbid-overwrite")?.toLowerCase() !== "true") return;
  if (catalog.object(bucket, key) === undefined) return;
  throw new OssError(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.");
}

/** @throws {OssError} `InvalidObjectName`. */
export function checkKey(key: string): void {
  const bytes = new TextEncoder().encode(key).length;
  if (bytes <= MAX_KEY_BYTES && !/^[/\\]/.test(key)) return;
  const message = `A key is 1 to ${MAX_KEY_BYTES} bytes of UTF-8 and begins with neither / nor \\.`;
  throw new OssError(400, "InvalidObjectName", message);
}

/** Content that arrived. Disposing of it removes what has not got into the catalog, and gives back the room kept for it. */
export interface ReceivedBody extends AsyncDisposable {
  content: Received;
}

/** Receives the body of a call, within the limits. @throws {OssError}. */
export async function receiveBody({ body, blobs, space, catalog }: Call, bucket: Bucket): Promise<ReceivedBody> {
  const length = bodyLength(body.headers) ?? 0;
  space.checkObject(length);
  const room = space.reserve(bucket, length);
  try {
    const content = await receive(body, blobs, space, room);
    return {
      content,
      async [Symbol.asyncDispose]() {
        room[Symbol.dispose]();
        await blobs.remove(content.pieces.map(({ blob }) => blob).filter((blob) => !catalog.uses(blob)));
      },
    };
  } catch (error) {
    room[Symbol.dispose]();
    throw error;
  }
}

/** The headers of an answer to what wrote this content. */
export function contentHeaders({ etag, crc }: Content, md5?: string): Record<string, string> {
  return {
    "etag": quoted(etag),
    "x-oss-hash-crc64ecma": String(crc),
    ...md5 === undefined ? {} : { "content-md5": md5 },
  };
}

function identity({ size, etag, crc }: Content): Content {
  return { size, etag, crc };
}
