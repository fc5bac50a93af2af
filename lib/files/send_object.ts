import { CrossCommError } from "../protocol/errors.ts";
import { type CheckedBytes, CheckedReader } from "./checked_bytes.ts";
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
export const PARALLEL_PARTS = 4;
/** OSS takes no more of them. */
const MAX_PARTS = 10_000;

/** Bytes to be sent. */
export interface Source {
  /** Fills the buffer unless the bytes end before, and gives their number. */
  read(buffer: Uint8Array): Promise<number>;
  /** How many there are in all, where that is known. */
  size?: number;
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
  const reader = new CheckedReader((buffer) => source.read(buffer));
  const beginning = await reader.read(first);
  const count = reader.size;
  if (count < partBytes) {
    await source.check(count);
    await storage.put(key, beginning, signal);
    onSent(count);
    return count;
  }
  const upload = await storage.upload(key, signal);
  try {
    await sendParts(upload, source, reader, beginning, onSent, signal);
    await source.check(reader.size);
    await upload.complete(reader);
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
  reader: CheckedReader,
  first: CheckedBytes,
  onSent: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const idle: ArrayBufferLike[] = [];
  async function* parts(): AsyncGenerator<{ number: number; part: CheckedBytes }> {
    let part = first;
    for (let number = 1; part.bytes.length > 0; number++) {
      if (number > MAX_PARTS) {
        throw new CrossCommError("LIMIT_EXCEEDED", "this is more than a store takes as one object");
      }
      yield { number, part };
      // A file that grows as fast as it is sent would have no end.
      if (source.size !== undefined && reader.size > source.size) await source.check(reader.size);
      part = await reader.read(new Uint8Array(idle.pop() ?? new ArrayBuffer(first.bytes.length)));
    }
  }
  await runParallel(parts(), PARALLEL_PARTS, signal, async ({ number, part }, signal) => {
    await upload.put(number, part, signal);
    idle.push(part.bytes.buffer);
    onSent(part.bytes.length);
  });
}
