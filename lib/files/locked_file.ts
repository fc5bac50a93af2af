import { isTaken } from "./local_folder.ts";

type LockableFile = Deno.FsFile & { tryLock(exclusive: boolean): Promise<boolean> };

/**
 * Opens a file to read and write, or makes it, for its owner alone where `isPrivate`. It is locked until it is closed, be
 * it by the end of the program. `undefined` where there is something else in its place, or somebody else is at it.
 */
export async function openLocked(path: string, isPrivate = false): Promise<Deno.FsFile | undefined> {
  if (!("tryLock" in Deno.FsFile.prototype)) return undefined; // as in Deno 2.4, whose types lack it too
  if (await isTaken(path) && !(await Deno.lstat(path)).isFile) return undefined;
  const mode = isPrivate ? 0o600 : undefined;
  const file = await Deno.open(path, { read: true, write: true, create: true, mode }) as LockableFile;
  let isOurs = false;
  try {
    // By the time that it is locked, whoever had it may have given it its name, or removed it.
    isOurs = await file.tryLock(true) && await isAt(path, file);
    return isOurs ? file : undefined;
  } finally {
    if (!isOurs) file.close();
  }
}

/** Whether an open file is the one that has this path. */
export async function isAt(path: string, file: Deno.FsFile): Promise<boolean> {
  return await isTaken(path) && (await Deno.lstat(path)).ino === (await file.stat()).ino;
}
