import { TarStream, type TarStreamInput } from "@std/archive";
import { basename, resolve } from "node:path";
import { CrossCommError } from "../protocol/errors.ts";
import { gzip, levelFor } from "./gzip.ts";
import { makeObjectKey } from "./object_key.ts";
import { ProgressMeter } from "./progress.ts";
import { throwIfAborted } from "./retry.ts";
import type { SendFileOptions } from "./send_file.ts";
import { sendObject } from "./send_object.ts";
import { fileChanged, findSource, readingNow, SourceFile } from "./source_file.ts";
import type { Storage } from "./storage.ts";
import { type FolderEntry, walkFolder } from "./walk_folder.ts";

/** What the key of a folder ends with that was sent as a tar archive. */
export const TAR_ENDING = ".tar.gz";

const CHUNK_BYTES = 256 * 1024;
/** What is read in one go. */
const SMALL_BYTES = 256 * 1024;

/** Sends a folder as one object, a tar archive that is made on the way, and gives its key. */
export async function sendTar(
  storage: Storage,
  path: string,
  clientId: string,
  { onProgress, signal }: SendFileOptions = {},
): Promise<string> {
  await findSource(path, "folder");
  const key = makeObjectKey(clientId, basename(resolve(path))) + TAR_ENDING;
  const entries = await walkFolder(path);
  const totalBytes = entries.reduce((sum, { size }) => sum + size, 0);
  const meter = new ProgressMeter(onProgress, totalBytes, entries.filter(({ kind }) => kind === "file").length);
  using files = new OpenFiles(meter, signal);
  const archive = ReadableStream.from(inputs(entries, files)).pipeThrough(new TarStream());
  await using source = new StreamSource(gzip(archive, levelFor(entries)));
  await sendObject(storage, key, source, () => {}, signal);
  meter.finish();
  return key;
}

function* inputs(entries: FolderEntry[], files: OpenFiles): Generator<TarStreamInput> {
  for (const entry of entries) {
    const { kind, path, size } = entry;
    if (kind === "file") yield { type: "file", path, size, readable: files.read(entry) };
    else yield { type: "directory", path: `${path}/` };
  }
}

/** The files that go into an archive, each open while its turn is. */
class OpenFiles implements Disposable {
  readonly #meter: ProgressMeter;
  readonly #signal: AbortSignal | undefined;
  readonly #open = new Set<SourceFile>();

  constructor(meter: ProgressMeter, signal: AbortSignal | undefined) {
    this.#meter = meter;
    this.#signal = signal;
  }

  /** A file's bytes, as it was when the folder was looked through, or a failure. */
  read(entry: FolderEntry): ReadableStream<Uint8Array> {
    return ReadableStream.from(entry.size <= SMALL_BYTES ? this.#small(entry) : this.#chunks(entry));
  }

  /** A file that is read in less time than it takes to hand it to another thread. */
  *#small({ localPath, size, modified }: FolderEntry): Generator<Uint8Array> {
    throwIfAborted(this.#signal);
    const bytes = readingNow(localPath, () => Deno.readFileSync(localPath));
    const { mtime } = readingNow(localPath, () => Deno.statSync(localPath));
    if (bytes.length !== size || mtime?.getTime() !== modified) throw fileChanged(localPath);
    this.#meter.addBytes(size);
    this.#meter.addFile();
    if (size > 0) yield bytes;
  }

  async *#chunks({ localPath, size }: FolderEntry): AsyncGenerator<Uint8Array> {
    const file = await SourceFile.open(localPath);
    this.#open.add(file);
    if (file.size !== size) throw fileChanged(localPath);
    for (let left = size; left > 0;) {
      throwIfAborted(this.#signal);
      // A new buffer each time: the archive takes away the memory of what it is given.
      const buffer = new Uint8Array(Math.min(left, CHUNK_BYTES));
      if (await file.read(buffer) < buffer.length) throw fileChanged(localPath);
      left -= buffer.length;
      this.#meter.addBytes(buffer.length);
      yield buffer;
    }
    await file.checkUnchanged();
    this.#open.delete(file);
    file[Symbol.dispose]();
    this.#meter.addFile();
  }

  [Symbol.dispose](): void {
    for (const file of this.#open) file[Symbol.dispose]();
  }
}

/** A stream of unknown length as what is to be sent. */
class StreamSource implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left = new Uint8Array();

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async read(buffer: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < buffer.length) {
      if (this.#left.length === 0) {
        const { done, value } = await this.#next();
        if (done) break;
        this.#left = value as Uint8Array<ArrayBuffer>;
      }
      const piece = this.#left.subarray(0, buffer.length - filled);
      buffer.set(piece, filled);
      filled += piece.length;
      this.#left = this.#left.subarray(piece.length);
    }
    return filled;
  }

  /** Each file was checked as it went into the archive. */
  check(): Promise<void> {
    return Promise.resolve();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#chunks.next();
    } catch (error) {
      if (error instanceof CrossCommError) throw error;
      // What TarStream refuses: names beyond 256 bytes, files beyond 64 GiB.
      const why = `this folder does not fit into a tar archive (${(error as Error).message}): send it as objects`;
      throw new CrossCommError("LIMIT_EXCEEDED", why, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }
}
