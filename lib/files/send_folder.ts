import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { entryKey, makeObjectKey } from "./object_key.ts";
import { runParallel } from "./parallel.ts";
import { ProgressMeter } from "./progress.ts";
import { delayedAbort, isUnreachable, throwIfAborted } from "./retry.ts";
import { type SendFileOptions, sendOpenFile } from "./send_file.ts";
import { PARALLEL_PARTS, PART_BYTES } from "./send_object.ts";
import { findSource, SourceFile } from "./source_file.ts";
import type { Storage } from "./storage.ts";
import { walkFolder } from "./walk_folder.ts";

const EMPTY = new Uint8Array();
const EMPTY_SHA256 = createHash("sha256").digest("hex");

/** How many bytes may be in memory for the files that are on their way at once. */
const ROOM = 2 * PARALLEL_PARTS * PART_BYTES;
const MAX_FILES_AT_ONCE = 16;
/** How long what goes in one request may go on when the sending has ended, in milliseconds. */
const GRACE_MS = 3000;

/** Sends a folder, an object for each file, and gives the key that they begin with, which ends in `/`. */
export async function sendFolder(
  storage: Storage,
  path: string,
  clientId: string,
  { onProgress, signal }: SendFileOptions = {},
): Promise<string> {
  await findSource(path, "folder");
  const folderKey = `${makeObjectKey(clientId, basename(resolve(path)))}/`;
  const entries = (await walkFolder(path)).map((entry) => ({ ...entry, key: entryKey(folderKey, entry.path) }));
  const totalBytes = entries.reduce((sum, { size }) => sum + size, 0);
  const meter = new ProgressMeter(onProgress, totalBytes, entries.filter(({ kind }) => kind === "file").length);
  // Without an object there would be nothing to receive.
  if (entries.length === 0) await storage.put(folderKey, EMPTY, EMPTY_SHA256, signal);
  const begun: string[] = [];
  try {
    await runParallel(entries, ROOM, signal, async ({ kind, localPath, key, size }, signal) => {
      // A request that is cut off may still be carried out, after the removal of what it brings.
      using patient = delayedAbort(signal, GRACE_MS);
      if (kind === "empty folder") {
        begun.push(`${key}/`);
        await storage.put(`${key}/`, EMPTY, EMPTY_SHA256, patient.signal);
        return;
      }
      using file = await SourceFile.open(localPath);
      throwIfAborted(signal);
      begun.push(key);
      await sendOpenFile(storage, key, file, meter, size < PART_BYTES ? patient.signal : signal);
      meter.addFile();
    }, ({ size }) => Math.max(ROOM / MAX_FILES_AT_ONCE, Math.min(size, PARALLEL_PARTS * PART_BYTES)));
  } catch (error) {
    await removeAll(storage, begun, error);
    throw error;
  }
  meter.finish();
  return folderKey;
}

/** Takes back what nobody will be told of. The failure that counts is the first; a store also forgets old objects by itself. */
async function removeAll(storage: Storage, keys: string[], failure: unknown): Promise<void> {
  // What cannot be reached cannot be cleared either: trying would only hold up the news.
  if (isUnreachable(failure)) return;
  await runParallel(keys, MAX_FILES_AT_ONCE, undefined, (key, signal) => storage.remove(key, signal)).catch(() => {});
}
