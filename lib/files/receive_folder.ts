import { dirname } from "node:path";
import { CrossCommError } from "../protocol/errors.ts";
import { DownloadFolder } from "./download_folder.ts";
import { Allowance } from "./limits.ts";
import { discard, isTaken, MadeFolders, writing } from "./local_folder.ts";
import { ObjectReader } from "./object_reader.ts";
import { runParallel } from "./parallel.ts";
import { PartFolder } from "./part_folder.ts";
import { ProgressMeter } from "./progress.ts";
import { numberedPath, receiveInto, type ReceiveOptions } from "./receive_file.ts";
import { isUnreachable } from "./retry.ts";
import { safePath } from "./safe_path.ts";
import { isListedFile } from "./same_file.ts";
import type { ObjectInfo, Storage } from "./storage.ts";

const MAX_FILES_AT_ONCE = 16;

interface Entry extends ObjectInfo {
  /** The folders to the file, and its name; those to the folder itself where the entry is one. */
  names: string[];
  isFolder: boolean;
}

/**
 * Receives a folder into `directory/{ossKey}`, and gives the path of the folder that holds what was sent: one with a
 * number in its name where that one is taken. It appears when it is complete. What is there of one that a killed program
 * began is not received again.
 *
 * @param ossKey With a slash at the end, or without, as Java's SDK has it.
 */
export async function receiveFolder(
  storage: Storage,
  ossKey: string,
  directory: string,
  { onProgress, signal, limits }: ReceiveOptions = {},
): Promise<string> {
  const folders = safePath(ossKey);
  const name = folders.pop()!;
  const allowance = new Allowance(ossKey, limits);
  const entries = await listEntries(storage, `${ossKey.replace(/\/$/, "")}/`, allowance, signal);
  const totalBytes = entries.reduce((sum, { size }) => sum + size, 0);
  const meter = new ProgressMeter(onProgress, totalBytes, entries.filter(({ isFolder }) => !isFolder).length);
  const open = (parent: string) => PartFolder.open(parent, ossKey.replace(/\/$/, ""));
  return await fillFolder(directory, folders, name, open, async (part) => {
    const folder = part.path;
    const kept = part.isContinued ? await keepWhole(part, entries, storage, signal) : new Set();
    const made = new MadeFolders(folder, allowance);
    await runParallel(entries, MAX_FILES_AT_ONCE, signal, async (entry, signal) => {
      const { key, size, names, isFolder } = entry;
      const parent = await made.make(isFolder ? names : names.slice(0, -1));
      if (isFolder) return;
      if (kept.has(entry)) {
        meter.addBytes(size);
        meter.addFile();
        return;
      }
      using reader = await ObjectReader.open(storage, key, signal);
      if (reader.head.size !== size) {
        throw new CrossCommError("FILE_CHANGED", `${key} was replaced while it was received: receive it again`);
      }
      await receiveInto(parent, names.at(-1)!, reader, meter);
      meter.addFile();
    });
    meter.finish();
  });
}

/** Keeps what is there already of a folder as it is in the store, removes the rest, and gives the entries that are kept. */
async function keepWhole(
  part: PartFolder,
  entries: Entry[],
  storage: Storage,
  signal: AbortSignal | undefined,
): Promise<Set<Entry>> {
  const byName = new Map<string, Entry | undefined>();
  // Two names can become one on this system, and then nobody knows whose the file is.
  for (const entry of entries) byName.set(entry.names.join("/"), byName.has(entry.names.join("/")) ? undefined : entry);
  const kept = new Set<Entry>();
  await part.keepOnly(async (name, path) => {
    const entry = byName.get(name);
    if (entry === undefined || entry.isFolder || !await isListedFile(path, entry, storage, signal)) return false;
    kept.add(entry);
    return true;
  });
  return kept;
}

/** What there is to receive. All names are looked at before anything is written. */
async function listEntries(
  storage: Storage,
  prefix: string,
  allowance: Allowance,
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { key, size, etag } of storage.list(prefix, signal)) {
    const path = key.slice(prefix.length);
    allowance.takeEntry();
    allowance.takeBytes(size);
    const isFolder = key.endsWith("/");
    entries.push({ key, size: isFolder ? 0 : size, etag, names: path === "" ? [] : safePath(path), isFolder });
  }
  if (entries.length > 0) return entries;
  const why = `the store has nothing below ${prefix}: it has expired, or was never there`;
  throw new CrossCommError("OBJECT_NOT_FOUND", why);
}

/**
 * Fills a folder, which `open` begins, and which appears under its name in `directory/{folders}` when it is complete, and
 * not at all where that fails. Gives its path.
 */
export async function fillFolder(
  directory: string,
  folders: string[],
  name: string,
  open: (parent: string) => Promise<PartFolder>,
  fill: (part: PartFolder) => Promise<void>,
): Promise<string> {
  return await DownloadFolder.use(directory, folders, async (parent) => {
    using part = await parent.begin(() => open(parent.path));
    try {
      await fill(part);
      return await writing(parent.path, () => nameFolder(part.path, name));
    } catch (error) {
      // Where the store was not reached, who tries again later goes on with it.
      if (!part.isLasting || !isUnreachable(error)) await discard(part.path);
      throw error;
    }
  });
}

/** Gives a complete folder its name, or that with a number where something has the name. */
async function nameFolder(temporary: string, name: string): Promise<string> {
  for (let number = 1;; number++) {
    const path = numberedPath(dirname(temporary), name, number);
    if (await isTaken(path)) continue;
    try {
      // Should it be taken just now, this fails; an empty folder is replaced, which harms nobody.
      await Deno.rename(temporary, path);
      return path;
    } catch (error) {
      if (!await isTaken(path)) throw error;
    }
  }
}
