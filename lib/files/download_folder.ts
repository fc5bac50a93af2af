import { CrossCommError } from "../protocol/errors.ts";
import { makeFolders, openDirectory } from "./local_folder.ts";

/** How often the folders are made again where others that give up remove them: each of those does so once. */
const ATTEMPTS = 10;

/** The folder below the download directory in which something is received. */
export class DownloadFolder {
  readonly path: string;
  readonly #directory: string;
  readonly #names: readonly string[];
  readonly #made: string[];

  private constructor(path: string, directory: string, names: readonly string[], made: string[]) {
    this.path = path;
    this.#directory = directory;
    this.#names = names;
    this.#made = made;
  }

  /** Makes the folders, and receives something there. Where that fails, those of them that are empty go again. */
  static async use<T>(
    directory: string,
    names: readonly string[],
    receive: (folder: DownloadFolder) => Promise<T>,
  ): Promise<T> {
    const root = await openDirectory(directory);
    const made: string[] = [];
    try {
      const path = await again(() => makeFolders(root, names, made));
      return await receive(new DownloadFolder(path, root, names, made));
    } catch (error) {
      await removeEmpty(made);
      throw error;
    }
  }

  /** Begins something in the folder: from then on, nobody takes it for empty. */
  async begin<T>(open: () => Promise<T>): Promise<T> {
    return await again(async () => {
      await makeFolders(this.#directory, this.#names, this.#made);
      return await open();
    });
  }
}

/** Does it again where somebody who gave up has removed a folder just now. */
async function again<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await action();
    } catch (error) {
      const isGone = error instanceof CrossCommError && error.cause instanceof Deno.errors.NotFound;
      if (!isGone || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Removes folders, the last of them first, until one is none or holds something. */
async function removeEmpty(paths: string[]): Promise<void> {
  try {
    for (const path of paths.toReversed()) {
      if (!(await Deno.lstat(path)).isDirectory) return;
      await Deno.remove(path);
    }
  } catch {
    // It is in use, or gone.
  }
}
