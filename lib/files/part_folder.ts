import { createHash } from "node:crypto";
import { join } from "node:path";
import { isTaken, PART_NAME, removeStale, temporaryPath, writing } from "./local_folder.ts";
import { openLocked } from "./locked_file.ts";
import { runParallel } from "./parallel.ts";

const FILES_AT_ONCE = 16;

/**
 * A folder that is being received. It stays where the program is killed or the store given up, and who receives the same
 * into the same place next continues it: one at a time, for a file beside it is locked.
 */
export class PartFolder implements Disposable {
  readonly path: string;
  /** Whether somebody may continue it: it is known by what is received, and not by chance. */
  readonly isLasting: boolean;
  /** Whether something was there before. */
  readonly isContinued: boolean;
  readonly #release: () => void;

  private constructor(path: string, isLasting: boolean, isContinued: boolean, release = () => {}) {
    this.path = path;
    this.isLasting = isLasting;
    this.isContinued = isContinued;
    this.#release = release;
  }

  /** One that nobody continues. */
  static async create(parent: string): Promise<PartFolder> {
    const path = temporaryPath(parent);
    await writing(path, async () => {
      await removeStale(parent, PART_NAME);
      await Deno.mkdir(path);
    });
    return new PartFolder(path, false, false);
  }

  /** The one for a key, or one that nobody continues, where somebody else is at it, or something else in its place. */
  static async open(parent: string, key: string): Promise<PartFolder> {
    const path = partPath(parent, "folder", key);
    const lockPath = partPath(parent, "lock", key);
    const lock = await writing(lockPath, async () => {
      await removeStale(parent, PART_NAME);
      return await openLocked(lockPath);
    });
    if (lock === undefined) return await PartFolder.create(parent);
    const release = () => {
      try {
        Deno.removeSync(lockPath);
      } catch {
        // It is removed in a week.
      }
      lock.close();
    };
    try {
      const isThere = await isTaken(path);
      if (!isThere) {
        await writing(path, () => Deno.mkdir(path));
      } else if ((await Deno.lstat(path)).isDirectory) {
        await Deno.utime(path, new Date(), new Date()); // nobody takes it for old
      } else {
        release();
        return await PartFolder.create(parent);
      }
      return new PartFolder(path, true, isThere, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Removes all below it but the files that are wanted; it is asked by their paths there, with `/` between names. */
  async keepOnly(isWanted: (name: string, path: string) => Promise<boolean>): Promise<void> {
    const look = async (folder: string, prefix: string): Promise<void> => {
      const children = await Array.fromAsync(Deno.readDir(folder));
      for (const { name } of children.filter(({ isDirectory }) => isDirectory)) {
        await look(join(folder, name), `${prefix}${name}/`);
        await Deno.remove(join(folder, name)).catch(() => {}); // one that holds something stays
      }
      const others = children.filter(({ isDirectory }) => !isDirectory);
      await runParallel(others, FILES_AT_ONCE, undefined, async ({ name, isFile }) => {
        const path = join(folder, name);
        if (!isFile || !await isWanted(prefix + name, path)) await Deno.remove(path);
      });
    };
    await writing(this.path, () => look(this.path, ""));
  }

  /** Lets others at it. */
  [Symbol.dispose](): void {
    this.#release();
  }
}

function partPath(parent: string, what: string, key: string): string {
  return join(parent, `.crosscomm-${createHash("sha256").update(JSON.stringify([what, key])).digest("hex")}.part`);
}
