import { Buffer } from "node:buffer";
import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip, gzipSync } from "node:zlib";
import { readingNow } from "./source_file.ts";
import type { FolderEntry } from "./walk_folder.ts";

/** How much is looked at to see whether compressing is worth the time: so many files, so much of each. */
const SAMPLES = 32;
const SAMPLE_BYTES = 16 * 1024;
/** What compresses to no less than this share is sent as it is: pictures, films and archives are compressed already. */
const WORTH = 0.95;
const CHUNK_BYTES = 256 * 1024;

/** A gzip stream of bytes. `CompressionStream` cannot be told how hard to try. */
export function gzip(bytes: AsyncIterable<Uint8Array>, level: number): AsyncIterable<Uint8Array> {
  // A failure goes along to whoever reads.
  return pipeline(Readable.from(bytes), createGzip({ level, chunkSize: CHUNK_BYTES }), () => {});
}

/** The bytes of a gzip stream, in pieces however much is in them: `DecompressionStream` gives all that it has been given. */
export function gunzip(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(bytes), createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
}

/** How hard to try with these files: gzip's usual level, or none. */
export function levelFor(entries: FolderEntry[]): number {
  const files = entries.filter(({ size }) => size > 0);
  const step = Math.max(1, Math.floor(files.length / SAMPLES));
  const sample = Buffer.concat(files.filter((_, index) => index % step === 0).slice(0, SAMPLES).map(beginningOf));
  return gzipSync(sample, { level: 1 }).length < sample.length * WORTH ? 6 : 0;
}

function beginningOf({ localPath }: FolderEntry): Uint8Array {
  return readingNow(localPath, () => {
    using file = Deno.openSync(localPath);
    const buffer = new Uint8Array(SAMPLE_BYTES);
    return buffer.subarray(0, file.readSync(buffer) ?? 0);
  });
}
