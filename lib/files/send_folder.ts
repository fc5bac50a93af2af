import { basename, resolve } from "node:path";
import { NOTHING } from "./checked_bytes.ts";
import { HeldFolder } from "./held_folder.ts";
import { entryKey, makeObjectKey } from "./object_key.ts";
import { runParallel } from "./parallel.ts";
import { ProgressMeter } from "./progress.ts";
import { resumable } from "./resumable_upload.ts";
import { delayedAbort, isUnreachable, throwIfAborted } from "./retry.ts";
import { type SendFileOptions, sendOpenFile } from "./send_file.ts";
import { PARALLEL_PARTS, PART_BYTES } from "./send_object.ts";
import { findSource, SourceFile } from "./source_file.ts";
import type { Storage } from "./storage.ts";
import { type FolderEntry, walkFolder } from "./walk_folder.ts";

/** How many bytes may be in memory for the files that are on their way at once. */
const ROOM = 2 * PARALLEL_PARTS * PART_BYTES;
const MAX_FILES_AT_ONCE = 16;
/** How long what goes in one request may go on when the sending has ended, in milliseconds. */
const GRACE_MS = 3000;

/**
 * Sends a folder, an object for each file, and gives the key that they begin with, which ends in `/`. What the store has
 * already of one whose sending was cut off is not sent again.
 */
export async function sendFolder(
  storage: Storage,
  path: string,
  clientId: string,
  { onProgress, signal, checkpoints }: SendFileOptions = {},
): Promise<string> {
  await findSource(path, "folder");
  const found = await walkFolder(path);
  using checkpoint = await checkpoints?.open({ path, state: "folder" });
  const held = checkpoint && await HeldFolder.find(storage, checkpoint, signal);
  const folderKey = held?.key ?? `${makeObjectKey(clientId, basename(resolve(path)))}/`;
  const entries = found.map((entry) => ({ ...entry, key: entryKey(folderKey, keyPath(entry)) }));
  // Without an object there would be nothing to receive.
  if (entries.length === 0) entries.push({ kind: "empty folder", localPath: path, path: "", size: 0, key: folderKey });
  const totalBytes = entries.reduce((sum, { size }) => sum + size, 0);
  const meter = new ProgressMeter(onProgress, totalBytes, entries.filter(({ kind }) => kind === "file").length);
  const begun = new Set(held?.keys);
  try {
    if (held === undefined) await checkpoint?.write({ key: folderKey });
    else await removeOthers(storage, held, entries, signal);
    await runParallel(entries, ROOM, signal, async ({ kind, localPath, key, size }, signal) => {
      begun.add(key);
      // A request that is cut off may still be carried out, after the removal of what it brings.
      using patient = delayedAbort(signal, GRACE_MS);
      if (kind === "empty folder") {
        if (!held?.hasMark(key)) await storage.put(key, NOTHING, patient.signal);
        return;
      }
      if (await held?.has(key, localPath, signal)) {
        meter.addBytes(size);
      } else {
        using file = await SourceFile.open(localPath);
        throwIfAborted(signal);
        using part = size < PART_BYTES ? undefined : await checkpoints?.open(file, key);
        const target = part === undefined ? storage : resumable(storage, part);
        await sendOpenFile(target, key, file, meter, size < PART_BYTES ? patient.signal : signal);
      }
      meter.addFile();
    }, ({ size }) => Math.max(ROOM / MAX_FILES_AT_ONCE, Math.min(size, PARALLEL_PARTS * PART_BYTES)));
  } catch (error) {
    // What cannot be reached cannot be cleared either, and who tries again later goes on with it.
    if (!isUnreachable(error)) {
      await checkpoint?.remove();
      await removeAll(storage, begun);
    }
    throw error;
  }
  await checkpoint?.remove();
  meter.finish();
  return folderKey;
}

/** Where an entry lies below the key of its folder: a slash at the end marks a folder that holds nothing. */
function keyPath({ kind, path }: FolderEntry): string {
  return kind === "file" ? path : `${path}/`;
}

/** Removes from the store what the folder has no longer. */
async function removeOthers(
  storage: Storage,
  held: HeldFolder,
  entries: { key: string }[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const others = new Set(held.keys);
  for (const { key } of entries) others.delete(key);
  await runParallel(others, MAX_FILES_AT_ONCE, signal, (key, signal) => storage.remove(key, signal));
}

/** Takes back what nobody will be told of. The failure that counts is the first; a store also forgets old objects by itself. */
async function removeAll(storage: Storage, keys: Iterable<string>): Promise<void> {
  await runParallel(keys, MAX_FILES_AT_ONCE, undefined, (key, signal) => storage.remove(key, signal)).catch(() => {});
}
