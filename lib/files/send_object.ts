import { CrossCommError } from "../protocol/errors.ts";
import { HashedReader } from "./hashed_reader.ts";
import { runParallel } from "./parallel.ts";
import type { Target } from "./resumable_upload.ts";
import { isUnreachable } from "./retry.ts";
import type { PartUpload } from "./storage.ts";

/** What is up to this size goes in one request; what is larger in parts of it. */
export const PART_BYTES = 4 * 1024 * 1024;
/** From these sizes on the parts are larger: each costs a signature, an answer and two waits for the store's disk. */
const LARGER_PARTS = [
  { from: 512 * 1024 * 1024, partBytes: 16 * 1024 * 1024 },
  { from: 64 * 1024 * 1024, partBytes: 8 * 1024 * 1024 },
];
/** How many parts are on their way at once. */
export const PARALLEL_PARTS = 6;
/** OSS takes no more of them. */
const MAX_PARTS = 10_000;

/** Bytes to be sent. */
export interface Source {
  /** Fills the buffer unless the bytes end before, and gives their number. */
  read(buffer: Uint8Array): Promise<number>;
  /** How many there are in all, where that is known. */
  size?: number;
  /** Reads ahead for their SHA-256 in hexadecimal, where there is a way to. */
  sha256?(): Promise<string>;
  /**
   * Called when all has been read and sent, so many bytes, before the object is there: it throws where it should not be.
   */
  check(count: number): Promise<void>;
}

/** Sends bytes to a store, and gives their number. A part that fails is sent again, not what went before. */
export async function sendObject(
  storage: Target,
  key: string,
  source: Source,
  onSent: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<number> {
  const partBytes = partBytesOf(source.size ?? 0);
  // One more than there should be: it shows whether the file has grown.
  const first = new Uint8Array(Math.min(partBytes, (source.size ?? partBytes) + 1));
  const reader = new HashedReader((buffer) => source.read(buffer));
  const count = await reader.read(first);
  if (count < partBytes) {
    const bytes = first.subarray(0, count);
    await source.check(count);
    await storage.put(key, bytes, reader.sha256(), signal);
    onSent(count);
    return count;
  }
  const upload = await storage.upload(key, source.sha256, signal);
  try {
    await sendParts(upload, source, reader, first, onSent, signal);
    await source.check(reader.size);
    await upload.complete(reader.size, reader.sha256());
    return reader.size;
  } catch (error) {
    // The failure that counts is the first; a store forgets abandoned parts by itself some day. What cannot be reached
    // cannot be cleared either, and who tries again later goes on with it.
    if (!isUnreachable(error)) await upload.abandon().catch(() => {});
    throw error;
  }
}

function partBytesOf(size: number): number {
  const { partBytes } = LARGER_PARTS.find(({ from }) => size >= from) ?? { partBytes: PART_BYTES };
  return Math.max(partBytes, Math.ceil(size / MAX_PARTS));
}

async function sendParts(
  upload: PartUpload,
  source: Source,
  reader: HashedReader,
  first: Uint8Array,
  onSent: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const idle: Uint8Array[] = [];
  async function* parts(): AsyncGenerator<{ number: number; buffer: Uint8Array; count: number }> {
    let buffer = first;
    for (let number = 1, count = first.length; count > 0; number++) {
      if (number > MAX_PARTS) {
        throw new CrossCommError("LIMIT_EXCEEDED", "this is more than a store takes as one object");
      }
      yield { number, buffer, count };
      buffer = idle.pop() ?? new Uint8Array(first.length);
      // A file that grows as fast as it is sent would have no end.
      if (source.size !== undefined && reader.size > source.size) await source.check(reader.size);
      count = await reader.read(buffer);
    }
  }
  await runParallel(parts(), PARALLEL_PARTS, signal, async ({ number, buffer, count }, signal) => {
    await upload.put(number, buffer.subarray(0, count), signal);
    idle.push(buffer);
    onSent(count);
  });
}
