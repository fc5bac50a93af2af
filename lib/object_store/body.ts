import { createHash, type Hash } from "node:crypto";
import type { BlobFiles, Draft } from "./blob_files.ts";
import type { Content, Piece } from "./catalog.ts";
import { freeBytes } from "./free_bytes.ts";
import { Crc64 } from "../protocol/crc64.ts";
import { invalidArgument, OssError } from "./errors.ts";
import { BatchWriter, WriterAtOnce } from "./file_writer.ts";
import type { Reservation, Space } from "./space.ts";

/** Up to this size an ETag is the MD5 of the content, which SDKs expect; above, or unknown, it is what would take longest. */
const MD5_LIMIT = 1024 * 1024;
/** A body that is no longer is written at once. */
const SMALL = 256 * 1024;
/** In what steps room is set aside for a body of unknown length. */
const STEP = 8 * 1024 * 1024;
/** Content that arrived, and where it lies. */
export interface Received extends Content {
  pieces: Piece[];
  md5: string | undefined;
}

/** A request's body, and what its headers say of it. */
export interface Body {
  stream: ReadableStream<Uint8Array> | null;
  headers: Headers;
  /** How long, in seconds, its sender may be silent in the middle of it. */
  maxSilence: number;
  /** Fires when the store closes. */
  signal: AbortSignal;
}

/**
 * Writes a body to the disk. When this resolves it is there whole and survives a power cut; when it rejects, nothing
 * is left of it.
 *
 * @throws {OssError} where the body is not what its headers say, or too much.
 */
export async function receive(body: Body, blobs: BlobFiles, space: Space, room: Reservation): Promise<Received> {
  const length = bodyLength(body.headers);
  const md5 = body.headers.has("content-md5") || (length ?? Infinity) <= MD5_LIMIT ? createHash("md5") : undefined;
  const draft = await blobs.create();
  try {
    const content = await write(body, draft, length, md5, space, room);
    await blobs.flushes.flush(draft.file, content.size);
    draft.file.close();
    if (content.size > 0) return content;
    await blobs.remove([draft.blob]);
    return { ...content, pieces: [] };
  } catch (error) {
    try {
      draft.file.close();
    } catch {
      // It was closed before.
    }
    await blobs.remove([draft.blob]);
    throw error;
  }
}

async function write(
  body: Body,
  { blob, file }: Draft,
  length: number | undefined,
  hash: Hash | undefined,
  space: Space,
  room: Reservation,
): Promise<Received> {
  const crc = new Crc64();
  let size = 0;
  const writer = (length ?? Infinity) <= SMALL ? new WriterAtOnce(file) : new BatchWriter(file, length);
  try {
    using reader = new BodyReader(body);
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      size += chunk.length;
      if (length === undefined) {
        space.checkObject(size);
        if (size > room.bytes) room.grow(STEP);
      }
      crc.update(chunk);
      hash?.update(chunk);
      const waiting = writer.write(chunk);
      if (waiting !== undefined) await waiting;
      freeBytes(chunk);
    }
  } finally {
    await writer.finish();
  }
  if (length !== undefined && size !== length) throw incomplete();
  const md5 = hash?.digest();
  const expected = body.headers.get("content-md5");
  if (expected !== null && md5!.toString("base64") !== expected) {
    const message = "The Content-MD5 you specified did not match what was received.";
    throw new OssError(400, "InvalidDigest", message);
  }
  return {
    size,
    crc: crc.value,
    etag: md5?.toString("hex").toUpperCase() ?? contentTag(crc.value, size),
    md5: md5?.toString("base64"),
    pieces: [{ blob, start: 0, length: size }],
  };
}

/** An ETag for content whose MD5 is not known. As after an upload in parts, what follows the hyphen says so. */
export function contentTag(crc: bigint, size: number): string {
  const hex = (number: bigint) => number.toString(16).padStart(16, "0");
  return `${hex(crc)}${hex(BigInt(size))}-1`.toUpperCase();
}

/** The text of a small body. @throws {OssError} where it is larger than `limit` bytes. */
export async function receiveText(body: Body, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  using reader = new BodyReader(body);
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    size += chunk.length;
    if (size > limit) throw new OssError(400, "EntityTooLarge", `Such a request may be ${limit} bytes long.`);
    parts.push(chunk);
  }
  const hash = createHash("md5");
  const decoder = new TextDecoder();
  const text = parts.map((part) => (hash.update(part), decoder.decode(part, { stream: true }))).join("");
  const expected = body.headers.get("content-md5");
  if (expected !== null && hash.digest("base64") !== expected) {
    throw new OssError(400, "InvalidDigest", "The Content-MD5 you specified did not match what was received.");
  }
  return text + decoder.decode();
}

/** How long a body says it is; `undefined` for one that comes in chunks. */
export function bodyLength(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  if (text === null) return headers.has("transfer-encoding") ? undefined : 0;
  const length = Number(text);
  if (!Number.isSafeInteger(length) || length < 0) throw invalidArgument("Content-Length", text, "This is no length.");
  return length;
}

/**
 * Reads a body chunk by chunk. A sender that stops in the middle is given up; while its chunk is being written, it waits
 * for the disk, and not the other way round. Disposing of it drops what is left.
 */
class BodyReader implements Disposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #signal: AbortSignal;
  readonly #watch: ReturnType<typeof setInterval>;
  readonly #stop = () =>
    this.#giveUp(new OssError(503, "ServiceUnavailable", "The store is closing. Please try again."));
  #why: OssError | undefined;
  #isReading = false;
  #isHeard = true;

  constructor({ stream, maxSilence, signal }: Body) {
    this.#reader = stream?.getReader();
    this.#signal = signal;
    this.#watch = setInterval(() => {
      if (!this.#isReading) return;
      if (!this.#isHeard) {
        this.#giveUp(new OssError(400, "RequestTimeout", "Nothing of the body arrived for too long."));
      }
      this.#isHeard = false;
    }, maxSilence * 1000);
    signal.addEventListener("abort", this.#stop);
    if (signal.aborted) this.#stop();
  }

  /** The next chunk, or `undefined` at the end. @throws {OssError} */
  async next(): Promise<Uint8Array | undefined> {
    let chunk;
    this.#isReading = true;
    try {
      chunk = await this.#reader?.read();
    } catch {
      throw this.#why ?? incomplete();
    }
    if (this.#why !== undefined) throw this.#why;
    this.#isReading = false;
    this.#isHeard = true;
    return chunk?.value;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch);
    this.#signal.removeEventListener("abort", this.#stop);
    this.#reader?.cancel().catch(() => {});
  }

  #giveUp(error: OssError): void {
    this.#why ??= error;
    this.#reader?.cancel().catch(() => {});
  }
}

function incomplete(): OssError {
  return new OssError(400, "IncompleteBody", "The body ended before it was complete.");
}
