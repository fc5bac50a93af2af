import { join } from "node:path";
import { CrossCommError } from "../protocol/errors.ts";
import { DownloadFolder } from "./download_folder.ts";
import { Allowance, type ReceiveLimits } from "./limits.ts";
import { discard, isTaken, temporaryPath, writing } from "./local_folder.ts";
import { isAt } from "./locked_file.ts";
import { ObjectReader } from "./object_reader.ts";
import { PartFile } from "./part_file.ts";
import { type OnProgress, ProgressMeter } from "./progress.ts";
import { isUnreachable } from "./retry.ts";
import { numberedName } from "./safe_name.ts";
import { safePath } from "./safe_path.ts";
import { isSameFile } from "./same_file.ts";
import type { Storage } from "./storage.ts";
import { writeAll } from "./write_all.ts";

/** What receiving takes. */
export interface ReceiveOptions {
  onProgress?: OnProgress;
  /** Gives it up; what was written by then is removed. */
  signal?: AbortSignal;
  limits?: ReceiveLimits;
}

/**
 * Receives an object into `directory/{ossKey}`, and gives the path. Where there is such a file already, that one if
 * it is the same, or else one with a number in its name.
 */
export async function receiveFile(
  storage: Storage,
  ossKey: string,
  directory: string,
  { onProgress, signal, limits }: ReceiveOptions = {},
): Promise<string> {
  const folders = safePath(ossKey);
  const name = folders.pop()!;
  const allowance = new Allowance(ossKey, limits);
  using reader = await ObjectReader.open(storage, ossKey, signal);
  allowance.takeBytes(reader.head.size);
  const meter = new ProgressMeter(onProgress, reader.head.size);
  const path = await DownloadFolder.use(directory, folders, async (folder) => {
    const same = await findSame(folder.path, name, reader);
    if (same !== undefined) meter.addBytes(reader.head.size);
    return same ?? await continueInto(folder, name, reader, meter);
  });
  if (path === undefined) return await receiveFile(storage, ossKey, directory, { onProgress, signal, limits });
  meter.finish();
  return path;
}

/**
 * Writes an object into a folder that is there, after what was left of it when it was cut off before, and gives its path;
 * `undefined` where that was not worth continuing, and is removed.
 */
async function continueInto(
  folder: DownloadFolder,
  name: string,
  reader: ObjectReader,
  meter: ProgressMeter,
): Promise<string | undefined> {
  using part = await folder.begin(() => PartFile.open(folder.path, reader.head));
  try {
    if (part.kept > 0) {
      await reader.skip(part.keptBytes());
      meter.addBytes(part.kept);
    }
    await writeAll(part.file, part.path, reader.bytes(), (count) => meter.addBytes(count));
    await checkStillThere(part);
    return await nameFile(part.path, folder.path, name);
  } catch (error) {
    // Where the store was not reached, who tries again later goes on with it.
    if (!isUnreachable(error) || !await part.isOfUse()) await discard(part.path);
    if (part.kept > 0 && error instanceof CrossCommError && error.code === "FILE_DAMAGED") return undefined;
    throw error;
  }
}

/** What has taken the place of a file is not what was written and checked; it may be a link. */
async function checkStillThere({ path, file }: PartFile): Promise<void> {
  if (await writing(path, () => isAt(path, file))) return;
  const why = `${path} was removed or replaced while it was written: receive it again when nobody does that`;
  throw new CrossCommError("WRITE_FAILED", why);
}

/** Writes an object into a folder that is there, complete or not at all, and gives its path. */
export async function receiveInto(
  folder: string,
  name: string,
  reader: ObjectReader,
  meter: ProgressMeter,
): Promise<string> {
  const temporary = temporaryPath(folder);
  try {
    await writeFile(temporary, reader.bytes(), (count) => meter.addBytes(count));
    return await nameFile(temporary, folder, name);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

/** Writes bytes to a new file. */
export async function writeFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  onWritten: (count: number) => void,
): Promise<void> {
  using file = await writing(path, () => Deno.open(path, { write: true, createNew: true }));
  await writeAll(file, path, bytes, onWritten);
}

/** Gives a complete file its name, or that with a number where something has the name. */
async function nameFile(temporary: string, folder: string, name: string): Promise<string> {
  return await writing(join(folder, name), async () => {
    for (let number = 1;; number++) {
      const path = numberedPath(folder, name, number);
      try {
        // Takes the name, so that nobody else can: renaming replaces what is there.
        (await Deno.open(path, { write: true, createNew: true })).close();
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) continue;
        throw error;
      }
      try {
        await Deno.rename(temporary, path);
        return path;
      } catch (error) {
        await discard(path);
        throw error;
      }
    }
  });
}

async function findSame(folder: string, name: string, { head }: ObjectReader): Promise<string | undefined> {
  return await writing(join(folder, name), async () => {
    for (let number = 1;; number++) {
      const path = numberedPath(folder, name, number);
      if (!await isTaken(path)) return undefined;
      if (await isSameFile(path, head)) return path;
    }
  });
}

/** For the numbers from 1 on: `a.txt`, `a (2).txt`, `a (3).txt`, … */
export function numberedPath(folder: string, name: string, number: number): string {
  return join(folder, number === 1 ? name : numberedName(name, number));
}
