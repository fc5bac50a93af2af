import { Buffer } from "node:buffer";
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
import { BLOCK_BYTES, tarHeader } from "./tar_header.ts";
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
  await using source = new StreamSource(gzip(archive(entries, files), levelFor(entries)));
  await sendObject(storage, key, source, () => {}, signal);
  meter.finish();
  return key;
}

/** The bytes of an archive. A stream for each file, as in `TarStream`, would take longer than to read a small one. */
async function* archive(entries: FolderEntry[], files: OpenFiles): AsyncGenerator<Uint8Array> {
  const batch = new Batch();
  for (const entry of entries) {
    const { kind, path, size, modified = Date.now() } = entry;
    batch.add(tarHeader(kind === "file" ? path : `${path}/`, size, modified));
    if (size <= SMALL_BYTES) {
      if (kind === "file") batch.add(files.read(entry));
    } else {
      for await (const chunk of files.chunks(entry)) {
        batch.add(chunk);
        yield batch.take();
      }
    }
    batch.add(new Uint8Array(-size & (BLOCK_BYTES - 1)));
    if (batch.bytes >= CHUNK_BYTES) yield batch.take();
  }
  batch.add(new Uint8Array(2 * BLOCK_BYTES));
  yield batch.take();
}

/** Small pieces that become a large one. */
class Batch {
  bytes = 0;
  #pieces: Uint8Array[] = [];

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  take(): Uint8Array {
    const whole = Buffer.concat(this.#pieces, this.bytes);
    this.#pieces = [];
    this.bytes = 0;
    return whole;
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

  /** A small file as it was when the folder was looked through: read in less time than another thread takes to begin. */
  read({ localPath, size, modified }: FolderEntry): Uint8Array {
    throwIfAborted(this.#signal);
    const bytes = readingNow(localPath, () => Deno.readFileSync(localPath));
    const { mtime } = readingNow(localPath, () => Deno.statSync(localPath));
    if (bytes.length !== size || mtime?.getTime() !== modified) throw fileChanged(localPath);
    this.#meter.addBytes(size);
    this.#meter.addFile();
    return bytes;
  }

  /** A large one, bit by bit: each piece is there until the next is asked for. */
  async *chunks({ localPath, size }: FolderEntry): AsyncGenerator<Uint8Array> {
    const file = await SourceFile.open(localPath);
    this.#open.add(file);
    if (file.size !== size) throw fileChanged(localPath);
    const whole = new Uint8Array(CHUNK_BYTES);
    for (let left = size; left > 0;) {
      throwIfAborted(this.#signal);
      const buffer = whole.subarray(0, left);
      if (await file.read(buffer) < buffer.length) throw fileChanged(localPath);
      left -= buffer.length;
      this.#meter.addBytes(buffer.length);
      yield buffer;
    }
    await file.check(size);
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
      if (!(error instanceof RangeError)) throw error;
      const why = `this folder does not fit into a tar archive (${(error as Error).message}): send it as objects`;
      throw new CrossCommError("LIMIT_EXCEEDED", why, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }
}
