import { writing, writingNow } from "./local_folder.ts";

/** A chunk of fewer bytes the system's cache takes in less time than it takes to wake another thread for it. */
const LARGE_CHUNK = 128 * 1024;
/**
 * After so many bytes the system is told to bring them to the disk, while others arrive: ext4 does it at the latest when
 * a file takes the place of another, and all at once takes half as long as the download.
 */
const FLUSH_BYTES = 64 * 1024 * 1024;

/**
 * Writes what arrives to an open file, each chunk while the next one arrives and is checked: it has to be there until
 * the next but one is asked for.
 */
export async function writeAll(
  file: Deno.FsFile,
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  onWritten: (count: number) => void,
): Promise<void> {
  using flusher = new Flusher(path);
  let last = Promise.resolve();
  try {
    for await (const chunk of bytes) {
      await last;
      if (chunk.length < LARGE_CHUNK) writingNow(path, () => writeSmall(file, chunk));
      else last = awaitedLater(writing(path, () => writeLarge(file, chunk)));
      onWritten(chunk.length);
      await flusher.wrote(chunk.length);
    }
    await last;
    await flusher.flushed;
  } finally {
    await Promise.allSettled([last, flusher.flushed]); // or the file would stay open, and locked
  }
}

function writeSmall(file: Deno.FsFile, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;) written += file.writeSync(chunk.subarray(written));
}

async function writeLarge(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length;) written += await file.write(chunk.subarray(written));
}

/** Brings a file to the disk while it is written, through a handle of its own: on one handle writes would wait for it. */
class Flusher implements Disposable {
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  #unflushed = 0;
  /** Settles when what was begun is done. */
  flushed: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes note of bytes that have been written, or soon will be. */
  async wrote(count: number): Promise<void> {
    this.#unflushed += count;
    if (this.#unflushed < FLUSH_BYTES) return;
    this.#unflushed = 0;
    await this.flushed;
    this.flushed = awaitedLater(writing(this.#path, async () => {
      this.#file ??= await Deno.open(this.#path, { write: true });
      await this.#file.syncData();
    }));
  }

  [Symbol.dispose](): void {
    this.#file?.close();
  }
}

/** Has nobody complain of a failure that nobody knows of yet. */
function awaitedLater(action: Promise<void>): Promise<void> {
  action.catch(() => {});
  return action;
}
