import { dirname } from "node:path";
import { getLogger } from "@logtape/logtape";
import type { Piece } from "./catalog.ts";
import { OssError } from "./errors.ts";
import { FlushQueue } from "./flush_queue.ts";

const log = getLogger(["crosscomm", "store"]);

/** How much is read at a time, in bytes, where the platform does not do it by itself. */
const READ_SIZE = 256 * 1024;
/** What is no longer needs no stream. */
const READ_AT_ONCE = 64 * 1024;

/** What was read, or is being read. */
export type Bytes = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

/** A content file that is being written. */
export interface Draft {
  blob: string;
  file: Deno.FsFile;
}

/**
 * The content files. A name says nothing of what is in it: it is drawn at random, and which object it belongs to only
 * the catalog knows. What the catalog does not know is rubbish: so a file can be written at its place, and counts from
 * the moment that the catalog says so.
 */
export class BlobFiles {
  readonly flushes = new FlushQueue();
  readonly #folder: string;
  /** How many readers may still open a file. */
  readonly #readers = new Map<string, number>();
  readonly #unwanted = new Set<string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<BlobFiles> {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    return new BlobFiles(folder);
  }

  /** Begins a file. */
  async create(): Promise<Draft> {
    const blob = crypto.randomUUID().replaceAll("-", "");
    const open = () => Deno.open(this.#path(blob), { write: true, createNew: true, mode: 0o600 });
    try {
      return { blob, file: await open() };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    // The first of its folder. One for all of them would be made for content alone, where somebody removed the store.
    await Deno.mkdir(dirname(this.#path(blob)), { mode: 0o700 }).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error; // another was sooner
    });
    return { blob, file: await open() };
  }

  /** Removes files, each as soon as nobody reads it. */
  async remove(blobs: Iterable<string>): Promise<void> {
    for (const blob of blobs) {
      if (this.#readers.has(blob)) {
        this.#unwanted.add(blob);
        continue;
      }
      try {
        await Deno.remove(this.#path(blob));
      } catch (cause) {
        if (cause instanceof Deno.errors.NotFound) continue;
        log.warn("The content file {blob} cannot be removed ({cause}): the next start tries again", {
          blob,
          cause: String(cause),
        });
      }
    }
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#folders().every((blobs) => blobs.length === 0);
  }

  /** Removes what is not `wanted`, after a call of `before` if there is any; returns how many files that were. */
  async sweep(wanted: (blob: string) => boolean, before: () => void): Promise<number> {
    let swept = 0;
    for (const blobs of this.#folders()) {
      const rubbish = blobs.filter((blob) => !wanted(blob));
      if (swept === 0 && rubbish.length > 0) before();
      await this.remove(rubbish);
      swept += rubbish.length;
    }
    return swept;
  }

  /** All files, folder by folder. What else lies there, such as what file managers leave, is none of ours. */
  *#folders(): Generator<string[], void> {
    for (const { name: folder, isDirectory } of Deno.readDirSync(this.#folder)) {
      if (!isDirectory || !/^[\da-f]{2}$/.test(folder)) continue;
      const blobs = Array.from(Deno.readDirSync(`${this.#folder}/${folder}`), ({ name }) => name);
      yield blobs.filter((blob) => /^[\da-f]{32}$/.test(blob) && blob.startsWith(folder));
    }
  }

  /**
   * The bytes from `start` to `end` of what these pieces make up. They stay readable from this call on, whatever
   * becomes of the object meanwhile.
   *
   * @throws {OssError} `ObjectDamaged`; where that shows only later, the stream fails.
   */
  async read(pieces: Piece[], start: number, end: number): Promise<Bytes> {
    const wanted = cut(pieces, start, end);
    const blobs = wanted.map(({ blob }) => blob);
    for (const blob of blobs) this.#readers.set(blob, (this.#readers.get(blob) ?? 0) + 1);
    const release = () => blobs.splice(0).forEach((blob) => this.#release(blob));
    try {
      const first = wanted[0]!;
      const file = await this.#open(first.blob);
      if (wanted.length === 1 && first.length <= READ_AT_ONCE) return await readAtOnce(file, first).finally(release);
      const { size } = await file.stat();
      if (size < first.start + first.length) {
        file.close();
        throw tooShort(first.blob);
      }
      if (wanted.length > 1 || first.start + first.length < size) return this.#stream(wanted, release, file);
      // To the end of a file the platform streams by itself, and an open file is not lost to its removal.
      await file.seek(first.start, Deno.SeekMode.Start);
      release();
      return file.readable;
    } catch (error) {
      release();
      throw error;
    }
  }

  #stream(pieces: Piece[], release: () => void, opened: Deno.FsFile): ReadableStream<Uint8Array<ArrayBuffer>> {
    let file: Deno.FsFile | undefined = opened;
    let index = 0;
    let done = 0;
    let ended = false;
    const end = () => {
      ended = true;
      file?.close();
      file = undefined;
      release();
    };
    const stream: ReadableStream<Uint8Array> = new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: READ_SIZE,
      pull: async (controller) => {
        try {
          while (pieces[index] !== undefined && pieces[index]!.length === done) {
            file?.close();
            file = undefined;
            index++;
            done = 0;
          }
          const piece = pieces[index];
          if (piece === undefined) {
            end();
            controller.close();
            controller.byobRequest?.respond(0); // or who waits for bytes is not told
            return;
          }
          file ??= await this.#open(piece.blob);
          if (ended) return end(); // the reader went away meanwhile
          if (done === 0) await file.seek(piece.start, Deno.SeekMode.Start);
          const view = controller.byobRequest!.view!;
          const length = Math.min(view.byteLength, piece.length - done);
          const count = await file.read(new Uint8Array(view.buffer, view.byteOffset, length));
          if (count === null) throw tooShort(piece.blob);
          done += count;
          controller.byobRequest!.respond(count);
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel: end,
    });
    return stream as ReadableStream<Uint8Array<ArrayBuffer>>; // Deno 2.4's types do not say so
  }

  #release(blob: string): void {
    const readers = this.#readers.get(blob)! - 1;
    if (readers > 0) {
      this.#readers.set(blob, readers);
      return;
    }
    this.#readers.delete(blob);
    if (this.#unwanted.delete(blob)) void this.remove([blob]);
  }

  async #open(blob: string): Promise<Deno.FsFile> {
    try {
      return await Deno.open(this.#path(blob));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw damaged(blob, "gone");
      throw error;
    }
  }

  #path(blob: string): string {
    return `${this.#folder}/${blob.slice(0, 2)}/${blob}`;
  }
}

async function readAtOnce(opened: Deno.FsFile, { blob, start, length }: Piece): Promise<Uint8Array<ArrayBuffer>> {
  using file = opened;
  const bytes = new Uint8Array(length);
  await file.seek(start, Deno.SeekMode.Start);
  for (let read = 0; read < length;) {
    const count = await file.read(bytes.subarray(read));
    if (count === null) throw tooShort(blob);
    read += count;
  }
  return bytes;
}

function tooShort(blob: string): OssError {
  return damaged(blob, "shorter than it was");
}

function damaged(blob: string, how: string): OssError {
  log.error("The content file {blob} is {how}: what consists of it cannot be read any more", { blob, how });
  return new OssError(500, "ObjectDamaged", "The store has lost content of this object: have it sent again.");
}

/** The pieces that make up the bytes from `start` to `end`. */
export function cut(pieces: Piece[], start: number, end: number): Piece[] {
  const result: Piece[] = [];
  let at = 0;
  for (const { blob, start: offset, length } of pieces) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, length);
    if (from < to) result.push({ blob, start: offset + from, length: to - from });
    at += length;
  }
  return result;
}
