import { getLogger } from "@logtape/logtape";
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { discard, removeStale } from "./local_folder.ts";
import { openLocked } from "./locked_file.ts";

const log = getLogger(["crosscomm", "files"]);

const NAME = /^[\da-f]{64}\.json$/;

/** An upload that was begun, and not brought to its end. */
interface BegunUpload {
  /** Where it goes; for a folder, what the keys of its files begin with. */
  key: string;
  /** What the store calls it, where it goes in parts. */
  uploadId?: string;
}

/**
 * What is known of the uploads that are under way, in a folder of the user's: who sends the same file next goes on where
 * a program was killed. Where nothing may be written there, uploads begin anew, and nobody is troubled with it.
 */
export class UploadCheckpoints {
  readonly #folder: string | undefined;
  readonly #target: () => Promise<string[]>;

  /** `target` tells whose uploads these are, and where they go: nobody goes on with one to another place. */
  constructor(folder: string | undefined, target: () => Promise<string[]>) {
    this.#folder = folder;
    this.#target = target;
  }

  /**
   * Opens the one for what lies at a path; `undefined` where there can be none, or somebody else sends that right now.
   *
   * @param state Tells it as it is from what it was and will be.
   * @param key Where it has to go, if that is not for the upload to say.
   */
  async open(
    { path: source, state }: { path: string; state: string },
    key?: string,
  ): Promise<UploadCheckpoint | undefined> {
    const folder = this.#folder;
    if (folder === undefined || !mayUse(folder)) return undefined;
    const id = createHash("sha256").update(JSON.stringify([...await this.#target(), resolve(source), key]));
    const path = join(folder, `${id.digest("hex")}.json`);
    return await quietly(path, async () => {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await removeStale(folder, NAME);
      const file = await openLocked(path, true);
      return file && new UploadCheckpoint(path, file, state);
    });
  }
}

/** What is known of one upload. Nobody else can open it meanwhile. */
export class UploadCheckpoint implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #state: string;

  /** `state` tells the file as it is from what it was and will be. */
  constructor(path: string, file: Deno.FsFile, state: string) {
    this.#path = path;
    this.#file = file;
    this.#state = state;
  }

  /** The upload of what is there as it is now that a program before this one has left, so many milliseconds ago at most. */
  async read(maxAge = Infinity): Promise<BegunUpload | undefined> {
    const { size, mtime } = await this.#file.stat();
    if (Date.now() - (mtime?.getTime() ?? 0) > maxAge) return undefined;
    const text = new Uint8Array(size);
    await this.#file.seek(0, Deno.SeekMode.Start);
    for (let read = 0, count; read < size && (count = await this.#file.read(text.subarray(read))) !== null;) {
      read += count;
    }
    try {
      const { state, key, uploadId } = JSON.parse(new TextDecoder().decode(text));
      const isWhole = typeof key === "string" && (uploadId === undefined || typeof uploadId === "string");
      return isWhole && state === this.#state ? { key, uploadId } : undefined;
    } catch {
      return undefined; // nobody was here before, or the system went down while it was written
    }
  }

  /** Notes an upload that has begun. */
  async write(upload: BegunUpload): Promise<void> {
    await quietly(this.#path, async () => {
      const text = new TextEncoder().encode(JSON.stringify({ state: this.#state, ...upload }));
      await this.#file.truncate();
      await this.#file.seek(0, Deno.SeekMode.Start);
      for (let written = 0; written < text.length;) written += await this.#file.write(text.subarray(written));
    });
  }

  /** Forgets it: there is nothing to go on with any more. */
  async remove(): Promise<void> {
    await quietly(this.#path, () => discard(this.#path));
  }

  /** Closes it. One in which nothing was noted, for the upload did not even begin, is removed. */
  [Symbol.dispose](): void {
    try {
      if (this.#file.statSync().size === 0) Deno.removeSync(this.#path);
    } catch {
      // It is removed in a week.
    }
    this.#file.close();
  }
}

/** Never asks for a permission. */
function mayUse(folder: string): boolean {
  return (["read", "write"] as const).every((name) => {
    return Deno.permissions.querySync({ name, path: folder }).state === "granted";
  });
}

/** Does without what fails. */
async function quietly<T>(path: string, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    log.debug("{path} is of no use, so that an upload that is cut off begins anew: {error}", { path, error });
  }
}
