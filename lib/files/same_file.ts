import { Checksum, type KnownBytes } from "./checksum.ts";
import { ObjectReader } from "./object_reader.ts";
import { throwIfAborted } from "./retry.ts";
import type { ObjectInfo, Storage } from "./storage.ts";

/** Whether a file holds what an object holds; `false` as well where too little is known to tell. */
export async function isSameFile(path: string, known: KnownBytes, signal?: AbortSignal): Promise<boolean> {
  if (known.crc64 === undefined && known.md5 === undefined) return false;
  const { isFile, size } = await Deno.lstat(path);
  if (!isFile || size !== known.size) return false;
  const checksum = new Checksum(known);
  using file = await Deno.open(path);
  const buffer = new Uint8Array(Math.min(size + 1, 1 << 20));
  for (let count; (count = await file.read(buffer)) !== null;) {
    throwIfAborted(signal);
    checksum.update(buffer.subarray(0, count));
  }
  return checksum.fits();
}

/** As `isSameFile`, for an object of a list: by the MD5, where its tag is one, or else by what the store tells of it. */
export async function isListedFile(
  path: string,
  { key, size, etag }: ObjectInfo,
  storage: Storage,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if ((await Deno.lstat(path)).size !== size) return false;
  const md5 = /^"?([\da-f]{32})"?$/i.exec(etag)?.[1]?.toLowerCase();
  if (md5 !== undefined) return await isSameFile(path, { key, size, md5 }, signal);
  using reader = await ObjectReader.open(storage, key, signal);
  return await isSameFile(path, reader.head, signal);
}
