import { createHash } from "node:crypto";
import { bodyLength, contentTag, receiveText } from "./body.ts";
import { type Call, findBucket, integer, isoDate, keyWriter, quoted, xmlResponse } from "./call.ts";
import { type Bucket, type Content, type Made, type NewObject, type Piece, STEP } from "./catalog.ts";
import { cut } from "./blob_files.ts";
import { checkCopyConditions } from "./conditions.ts";
import { combineCrc64, Crc64 } from "../protocol/crc64.ts";
import { invalidArgument, noSuchUpload, OssError } from "./errors.ts";
import { keptHeaders } from "./object_headers.ts";
import { checkKey, checkOverwrite, contentHeaders, findCopySource, receiveBody, writeObject } from "./objects_write.ts";
import { prepare } from "./prepare.ts";
import { readRange } from "./range.ts";
import type { Part, Upload } from "./uploads.ts";
import { readXml, type XmlElement } from "./xml.ts";

const MAX_PARTS = 10_000;
/** How small a part may be that is not the last, in bytes. */
const MIN_PART = 100 * 1024;
const MAX_LISTED = 1000;
const MAX_COMPLETE_BYTES = 4 * 1024 * 1024;

/** `POST ?uploads`: begins an upload. */
export async function initiateUpload(call: Call): Promise<Response> {
  checkKey(call.key);
  const bucket = findBucket(call, call.bucket);
  const { encodingType, writeKey } = keyWriter(call);
  checkOverwrite(call, bucket);
  call.space.checkDisk();
  const id = call.uploads.add(bucket, call.key, keptHeaders(call.headers));
  await call.catalog.database.safe();
  return xmlResponse(["InitiateMultipartUploadResult", [
    ["EncodingType", encodingType],
    ["Bucket", bucket.name],
    ["Key", writeKey(call.key)],
    ["UploadId", id],
  ]]);
}

/** `PUT ?partNumber&uploadId`: receives a part. */
export async function uploadPart(call: Call): Promise<Response> {
  const { bucket, upload } = findUpload(call);
  const number = partNumber(call);
  checkSize(call, upload, number, bodyLength(call.headers) ?? 0);
  await using received = await receiveBody(call, bucket);
  const { content } = received;
  await addPart(call, upload, number, content, content.pieces);
  return new Response(null, { headers: contentHeaders(content, content.md5) });
}

/** The same with `x-oss-copy-source`: a part made of an object, or of a range of it. */
export async function copyPart(call: Call): Promise<Response> {
  const { bucket, upload } = findUpload(call);
  const number = partNumber(call);
  const { source, pieces } = findCopySource(call);
  checkCopyConditions(call.headers, source);
  const range = readRange(call.headers.get("x-oss-copy-source-range"), source.size);
  const { start, end } = range ?? { start: 0, end: source.size };
  const size = end - start;
  checkSize(call, upload, number, size);
  call.space.checkBucket(bucket, size);
  call.space.checkDisk();
  let crc = source.crc;
  if (size < source.size) {
    const counter = new Crc64();
    const bytes = await call.blobs.read(pieces, start, end);
    if (bytes instanceof Uint8Array) counter.update(bytes);
    else {
      for await (const chunk of bytes) {
        counter.update(chunk);
        await call.turn();
      }
    }
    crc = counter.value;
    // The reading took a while: it is the same content still, or none.
    if (call.catalog.pieces(source.holder).length !== pieces.length) {
      throw new OssError(412, "PreconditionFailed", "The source was replaced while it was being copied.");
    }
  }
  using prepared = await prepare(call, cut(pieces, start, end));
  call.space.checkBucket(bucket, size); // again, for others came meanwhile
  const content: Content = { size, crc, etag: contentTag(crc, size) };
  await addPart(call, upload, number, content, prepared.made);
  return xmlResponse(
    ["CopyPartResult", [["LastModified", isoDate(Date.now())], ["ETag", quoted(content.etag)]]],
    contentHeaders(content),
  );
}

/** `POST ?uploadId`: makes the object of its parts. */
export async function completeUpload(call: Call): Promise<Response> {
  const { upload } = findUpload(call);
  const { encodingType, writeKey } = keyWriter(call);
  const document = await receiveText(call.body, MAX_COMPLETE_BYTES);
  const all = call.headers.get("x-oss-complete-all")?.toLowerCase() === "yes";
  // Found again, for meanwhile it may have ended.
  const { bucket } = findUpload(call);
  const uploaded = await allParts(call, upload);
  const parts = all ? uploaded : await chooseParts(call, document, uploaded);
  if (parts.length === 0) throw new OssError(400, "InvalidPart", "An object needs at least one part.");
  for (const { number, size } of parts.slice(0, -1)) {
    if (size >= MIN_PART) continue;
    throw new OssError(400, "EntityTooSmall", `A part that is not the last needs at least ${MIN_PART} bytes.`, {
      details: { PartNumber: String(number), MinSizeAllowed: String(MIN_PART), ProposedSize: String(size) },
    });
  }
  const content: Content = { size: 0, crc: 0n, etag: combineTags(parts) };
  const pieces: Piece[] = [];
  for (const [index, { holder, size, crc }] of parts.entries()) {
    if (index % STEP === STEP - 1) await call.turn();
    content.size += size;
    content.crc = combineCrc64(content.crc, crc, size);
    pieces.push(...call.catalog.pieces(holder));
  }
  call.space.checkObject(content.size);
  checkOverwrite(call, bucket);
  using prepared = await prepare(call, pieces);
  findUpload(call); // again, for meanwhile it may have ended
  const object: NewObject = { key: call.key, type: "Multipart", headers: upload.headers, ...content };
  await writeObject(call, bucket, (bucket) =>
    call.catalog.change(() => {
      const written = call.catalog.putObject(bucket, object, prepared.made);
      call.uploads.remove(upload);
      return written;
    }));
  return xmlResponse(["CompleteMultipartUploadResult", [
    ["EncodingType", encodingType],
    ["Location", `http://${call.headers.get("host") ?? "localhost"}/${bucket.name}/${encodeURIComponent(call.key)}`],
    ["Bucket", bucket.name],
    ["Key", writeKey(call.key)],
    ["ETag", quoted(content.etag)],
  ]], contentHeaders(content));
}

/** `DELETE ?uploadId`: gives an upload up. */
export async function abortUpload(call: Call): Promise<Response> {
  call.uploads.remove(findUpload(call).upload);
  await call.catalog.database.safe();
  return new Response(null, { status: 204 });
}

/** `GET ?uploadId`: what has arrived. */
export function listParts(call: Call): Response {
  const { bucket, upload } = findUpload(call);
  const { encodingType, writeKey } = keyWriter(call);
  const marker = integer(call, "part-number-marker", [0, MAX_PARTS], 0);
  const max = integer(call, "max-parts", [1, MAX_LISTED], MAX_LISTED);
  const found = call.uploads.parts(upload, marker, max + 1);
  const parts = found.slice(0, max);
  return xmlResponse(["ListPartsResult", [
    ["EncodingType", encodingType],
    ["Bucket", bucket.name],
    ["Key", writeKey(call.key)],
    ["UploadId", upload.id],
    ["StorageClass", "Standard"],
    ["PartNumberMarker", marker],
    ["NextPartNumberMarker", parts.at(-1)?.number ?? marker],
    ["MaxParts", max],
    ["IsTruncated", found.length > max],
    ...parts.map(({ number, modified, etag, size, crc }): XmlElement => ["Part", [
      ["PartNumber", number],
      ["LastModified", isoDate(modified)],
      ["ETag", quoted(etag)],
      ["Size", size],
      ["HashCrc64ecma", String(crc)],
    ]]),
  ]]);
}

/** @throws {OssError} `NoSuchBucket`, `NoSuchUpload`. */
function findUpload(call: Call): { bucket: Bucket; upload: Upload } {
  const bucket = findBucket(call, call.bucket);
  const id = call.query.get("uploadId")!;
  const upload = call.uploads.find(bucket, call.key, id);
  if (upload === undefined) throw noSuchUpload(id);
  return { bucket, upload };
}

function partNumber(call: Call): number {
  const number = integer(call, "partNumber", [1, MAX_PARTS], NaN);
  if (Number.isNaN(number)) throw invalidArgument("partNumber", "", "A part needs a number.");
  return number;
}

/** @throws {OssError} where a part of that size makes the upload larger than an object may be. */
function checkSize(call: Call, upload: Upload, number: number, size: number): void {
  call.space.checkObject(call.uploads.sizeWith(upload, number, size));
}

async function addPart(call: Call, upload: Upload, number: number, content: Content, made: Made): Promise<void> {
  checkSize(call, upload, number, content.size); // again, for others came meanwhile, or it did not tell its length
  if (!call.uploads.addPart(upload, number, content, made)) throw noSuchUpload(upload.id);
  await call.catalog.database.safe();
}

/** All parts that have arrived, a few a turn. */
async function allParts(call: Call, upload: Upload): Promise<Part[]> {
  const parts: Part[] = [];
  for (;;) {
    const some = call.uploads.parts(upload, parts.at(-1)?.number ?? 0, STEP);
    parts.push(...some);
    if (some.length < STEP) return parts;
    await call.turn();
  }
}

/** The parts that a request names. @throws {OssError} `MalformedXML`, `InvalidPartOrder`, `InvalidPart`. */
async function chooseParts(call: Call, document: string, uploaded: Part[]): Promise<Part[]> {
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  const root = await readXml(document, call);
  await call.turn();
  let last = 0;
  return root.all("Part").map((node) => {
    const number = Number(node.textOf("PartNumber"));
    const etag = node.textOf("ETag").trim().replaceAll('"', "").toUpperCase();
    if (!(number > last)) {
      throw new OssError(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
    }
    last = number;
    const part = byNumber.get(number);
    if (part?.etag === etag) return part;
    const message = "One or more of the specified parts could not be found, or its ETag is another.";
    throw new OssError(400, "InvalidPart", message, { details: { PartNumber: String(number), ETag: etag } });
  });
}

/** The ETag of an object made of parts, as OSS and S3 form it. */
function combineTags(parts: Part[]): string {
  const hash = createHash("md5").update(parts.map(({ etag }) => etag).join(""));
  return `${hash.digest("hex").toUpperCase()}-${parts.length}`;
}
