import type { Call } from "./call.ts";
import type { Bucket, StoredObject } from "./catalog.ts";
import { receiveBody } from "./objects_write.ts";

/** So many pieces at the end of an object are joined, where all of them are smaller than that, in bytes. */
const JOINED = 64;
const SMALL = 256 * 1024;

/**
 * Joins the last pieces of an object that was appended to, when these are many and small: each takes time whenever the
 * object is copied, read or removed.
 */
export async function joinPieces(call: Call, bucket: Bucket, { holder }: StoredObject): Promise<void> {
  const { blobs, catalog } = call;
  const pieces = catalog.lastPieces(holder, JOINED);
  if (pieces.length < JOINED || pieces.some(({ length }) => length >= SMALL)) return;
  const length = pieces.reduce((sum, { length }) => sum + length, 0);
  const { body: stream } = new Response(await blobs.read(pieces, 0, length));
  const body = { ...call.body, stream, headers: new Headers({ "content-length": String(length) }) };
  await using received = await receiveBody({ ...call, body }, bucket);
  catalog.replacePieces(holder, pieces, received.content.pieces);
}
