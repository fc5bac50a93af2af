import { CrossCommError } from "../protocol/errors.ts";

/** Finds what is to be sent, and refuses what is not of the kind. */
export async function findSource(path: string, kind: "file" | "folder"): Promise<Deno.FileInfo> {
  const info = await reading(path, () => Deno.stat(path));
  if (kind === "file" ? info.isFile : info.isDirectory) return info;
  const is = info.isFile || info.isDirectory
    ? `not a ${kind} but a ${info.isFile ? "file" : "folder"}: send it as one`
    : "neither a file nor a folder";
  throw new CrossCommError("FILE_UNREADABLE", `${path} is ${is}`);
}

/** A file to send, held open: what is read is one file, whatever becomes of its name meanwhile. */
export class SourceFile implements Disposable {
  readonly path: string;
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #modified: number | undefined;
  /** Where a system tells: nobody sets this time back. */
  readonly #changed: number | undefined;

  private constructor(path: string, file: Deno.FsFile, info: Deno.FileInfo) {
    this.path = path;
    this.size = info.size;
    this.#file = file;
    this.#modified = info.mtime?.getTime();
    this.#changed = info.ctime?.getTime();
  }

  /** @throws {CrossCommError} `FILE_NOT_FOUND`, `FILE_UNREADABLE`. */
  static async open(path: string): Promise<SourceFile> {
    // Before it is opened: opening a pipe waits for its other end.
    await findSource(path, "file");
    return await reading(path, async () => {
      const file = await Deno.open(path);
      try {
        return new SourceFile(path, file, await file.stat());
      } catch (error) {
        file.close();
        throw error;
      }
    });
  }

  /** What tells the file as it is from what it was and will be. */
  get state(): string {
    return JSON.stringify([this.size, this.#modified, this.#changed]);
  }

  /** Reads on until the buffer is full or the file has ended; gives the number of bytes. */
  async read(buffer: Uint8Array): Promise<number> {
    return await reading(this.path, async () => {
      let filled = 0;
      while (filled < buffer.length) {
        const count = await this.#file.read(buffer.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      return filled;
    });
  }

  /** Has the next `read` begin at the beginning. */
  async rewind(): Promise<void> {
    await this.#file.seek(0, Deno.SeekMode.Start);
  }

  /**
   * Checks a file of which `count` bytes have been read.
   *
   * @throws {CrossCommError} `FILE_CHANGED` where somebody wrote to it since it was opened, `FILE_UNREADABLE` where it
   * has more in it than it tells.
   */
  async check(count: number): Promise<void> {
    const { size, mtime } = await reading(this.path, () => this.#file.stat());
    if (size !== this.size || mtime?.getTime() !== this.#modified) throw fileChanged(this.path);
    if (count <= size) return;
    const why = `${this.path} does not tell its length, as files of the system itself: copy it, and send the copy`;
    throw new CrossCommError("FILE_UNREADABLE", why);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

export function fileChanged(path: string, cause?: unknown): CrossCommError {
  const why = `${path} changed while it was sent: send it again when nobody writes to it`;
  return new CrossCommError("FILE_CHANGED", why, { cause });
}

/** Reads from the disk, and turns its failure into ours. */
export async function reading<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw readFailed(path, error);
  }
}

/** As `reading`, at once. */
export function readingNow<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw readFailed(path, error);
  }
}

function readFailed(path: string, error: unknown): CrossCommError {
  if (error instanceof CrossCommError) return error;
  if (error instanceof Deno.errors.NotFound) {
    // Names that are no UTF-8 are listed with this in them, and not found by that.
    const why = path.includes("\ufffd")
      ? `${path} cannot be opened, for its name is no UTF-8 text: rename it`
      : `there is no ${path}: check the path`;
    return new CrossCommError("FILE_NOT_FOUND", why, { cause: error });
  }
  const why = `cannot read ${path} (${(error as Error).message}): check its permissions`;
  return new CrossCommError("FILE_UNREADABLE", why, { cause: error });
}
