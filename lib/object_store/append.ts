import { combineCrc64 } from "../protocol/crc64.ts";
import { bodyLength, contentTag } from "./body.ts";
import { type Call, findBucket, integer } from "./call.ts";
import type { NewObject, StoredObject } from "./catalog.ts";
import { invalidArgument, OssError } from "./errors.ts";
import { joinPieces } from "./join_pieces.ts";
import { keptHeaders } from "./object_headers.ts";
import { checkKey, contentHeaders, receiveBody, writeObject } from "./objects_write.ts";

/** `POST ?append`: more at the end of an object that was made so. */
export async function appendObject(call: Call): Promise<Response> {
  checkKey(call.key);
  const bucket = findBucket(call, call.bucket);
  const position = integer(call, "position", [0, Number.MAX_SAFE_INTEGER], NaN);
  if (Number.isNaN(position)) throw invalidArgument("position", "", "An append needs a position.");
  const headers = keptHeaders(call.headers);
  checkPosition(call.catalog.object(bucket, call.key), position);
  call.space.checkObject(position + (bodyLength(call.headers) ?? 0));
  await using received = await receiveBody(call, bucket);
  const { content } = received;
  // Again, for another append may have come first.
  const before = call.catalog.object(bucket, call.key);
  checkPosition(before, position);
  const size = position + content.size;
  call.space.checkObject(size);
  const crc = combineCrc64(before?.crc ?? 0n, content.crc, content.size);
  const object: NewObject = {
    key: call.key,
    type: "Appendable",
    size,
    crc,
    etag: contentTag(crc, size),
    headers: before?.headers ?? headers,
  };
  const written = await writeObject(
    call,
    bucket,
    (bucket) =>
      before === undefined
        ? call.catalog.putObject(bucket, object, content.pieces)
        : call.catalog.extendObject(bucket, before, object, content.pieces),
  );
  await joinPieces(call, bucket, written).catch(() => {}); // the object is as good without: the next append tries again
  return new Response(null, { headers: { ...contentHeaders(object), "x-oss-next-append-position": String(size) } });
}

function checkPosition(object: StoredObject | undefined, position: number): void {
  if (object !== undefined && object.type !== "Appendable") {
    throw new OssError(409, "ObjectNotAppendable", "The object is not appendable.");
  }
  const size = object?.size ?? 0;
  if (position === size) return;
  throw new OssError(409, "PositionNotEqualToLength", "Position is not equal to file length.", {
    headers: { "x-oss-next-append-position": String(size) },
  });
}
