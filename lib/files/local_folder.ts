import { join } from "node:path";
import { CrossCommError } from "../protocol/errors.ts";
import type { Allowance } from "./limits.ts";

/** How old, in ms, is what nobody goes on with. */
const STALE_MS = 7 * 24 * 60 * 60 * 1000;

/** Where this program has looked for that. */
const looked = new Set<string>();

/** Makes the download directory and gives its real path: what the user names may be, or lie behind, a link. */
export async function openDirectory(directory: string): Promise<string> {
  return await writing(directory, async () => {
    await Deno.mkdir(directory, { recursive: true });
    return await Deno.realPath(directory);
  });
}

/**
 * Makes the folders below a directory that is there, and gives the path of the last. A link on the way is not followed,
 * wherever it leads. Those that were not there are added to `made`.
 *
 * @throws {CrossCommError} `UNSAFE_KEY`, `WRITE_FAILED`.
 */
export async function makeFolders(
  directory: string,
  names: readonly string[],
  made: string[] = [],
): Promise<string> {
  let path = directory;
  for (const name of names) {
    path = join(path, name);
    if (await writing(path, () => makeFolder(path))) made.push(path);
  }
  return path;
}

/** The folders below one that is being filled, each made once: a single path may name five hundred. */
export class MadeFolders {
  readonly #root: string;
  readonly #allowance: Allowance;
  readonly #made = new Map<string, Promise<string>>();

  constructor(root: string, allowance: Allowance) {
    this.#root = root;
    this.#allowance = allowance;
  }

  /** As `makeFolders`, and `LIMIT_EXCEEDED`. */
  make(names: readonly string[]): Promise<string> {
    if (names.length === 0) return Promise.resolve(this.#root);
    const id = names.join("/");
    const made = this.#made.get(id) ?? this.#makeLast(names);
    this.#made.set(id, made);
    return made;
  }

  async #makeLast(names: readonly string[]): Promise<string> {
    const parent = await this.make(names.slice(0, -1));
    this.#allowance.takeFolder();
    return await makeFolders(parent, names.slice(-1));
  }
}

/** False where it is there. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    const { isDirectory, isSymlink } = await Deno.lstat(path);
    if (isDirectory) return false;
    const what = isSymlink ? "a link, which is not followed" : "a file where a folder is due";
    throw new CrossCommError("UNSAFE_KEY", `${path} is ${what}: remove it, or choose another download directory`);
  }
}

/** Whether there is something of that name, be it a link to nowhere. */
export async function isTaken(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A path beside others that nothing has yet, for what is not complete. */
export function temporaryPath(folder: string): string {
  return join(folder, `.crosscomm-${crypto.randomUUID()}.part`);
}

/** What is not complete has such a name. */
export const PART_NAME = /^\.crosscomm-[\da-f-]+\.part$/;

/** Removes what has such a name from a folder where programs were killed so long ago that nobody goes on with it. */
export async function removeStale(folder: string, names: RegExp): Promise<void> {
  if (looked.has(folder)) return;
  looked.add(folder);
  for await (const { name } of Deno.readDir(folder)) {
    if (!names.test(name)) continue;
    const path = join(folder, name);
    const { mtime } = await Deno.lstat(path).catch(() => ({ mtime: null })); // another program may remove it just now
    if (mtime !== null && Date.now() - mtime.getTime() > STALE_MS) await discard(path).catch(() => {});
  }
}

/** Removes what is not to stay, if it is there. */
export async function discard(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Does something to the disk, and turns its failure into ours. */
export async function writing<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw writeFailed(path, error);
  }
}

/** As `writing`, at once. */
export function writingNow<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw writeFailed(path, error);
  }
}

function writeFailed(path: string, error: unknown): CrossCommError {
  if (error instanceof CrossCommError) return error;
  const { code, message } = error as { code?: string; message: string };
  const hint = code === "ENOSPC" ? "make room on the disk" : "choose a directory that can be written to";
  return new CrossCommError("WRITE_FAILED", `cannot write ${path} (${message}): ${hint}`, { cause: error });
}
