import { Buffer } from "node:buffer";
import { BLOCK_BYTES, readTarHeader, type TarHeader } from "./tar_header.ts";

/** What headers may say more of an entry than fits into its own. */
const MAX_EXTENSION_BYTES = 1 << 20;
/** How many of them an entry has: programs write one of each kind. */
const MAX_EXTENSIONS = 8;
/** Tapes are written in such pieces, with zeros at the end of the last. */
const MAX_RECORD_BYTES = 1 << 20;

/** What the headers before an entry's own say of it. */
type Extension = Partial<Pick<TarHeader, "path" | "size">>;

/**
 * Takes a tar archive apart, one entry after the other: as POSIX has it, old and new, and with GNU's long names. A
 * stream for each entry, as in `UntarStream`, would take longer than to write a small file.
 *
 * @throws {RangeError} Where the archive is none, or has ended before its end.
 */
export class TarReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** How far the chunk is read. */
  #at = 0;
  /** What is still to come of the entry's content, and of the zeros after it. */
  #left = 0;
  #padding = 0;

  /** @param chunks Each is to stay as it is when the next is asked for. */
  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** The next entry, or `undefined` at the end of the archive, where nothing else may follow. */
  async next(): Promise<TarHeader | undefined> {
    await this.#skip(this.#left + this.#padding);
    const more: Extension = {};
    for (let count = 0; count <= MAX_EXTENSIONS; count++) {
      const header = readTarHeader(await this.#take(BLOCK_BYTES));
      if (header === undefined) return await this.#end();
      const { type } = header;
      if (!"xgLK".includes(type)) {
        const entry = { ...header, ...more };
        this.#begin(/[1-6]/.test(type) ? 0 : entry.size);
        return entry;
      }
      if (header.size > MAX_EXTENSION_BYTES) throw new RangeError("a header is too long");
      this.#begin(header.size);
      const bytes = await this.content();
      await this.#skip(this.#padding);
      if (type === "L") more.path = bytes.toString().replace(/\0.*$/s, "");
      // What is said of all entries is of no use here, and links are not taken.
      if (type === "x") Object.assign(more, readExtension(bytes));
    }
    throw new RangeError("an entry has too many headers");
  }

  /** The content of the entry in one piece, or what has not been read of it. */
  async content(): Promise<Buffer> {
    const bytes = await this.#take(this.#left);
    this.#left = 0;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The content of the entry in pieces. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      const piece = await this.#some(this.#left);
      this.#left -= piece.length;
      yield piece;
    }
  }

  #begin(size: number): void {
    this.#left = size;
    this.#padding = -size & (BLOCK_BYTES - 1);
  }

  /** Reads the zeros that end it. */
  async #end(): Promise<undefined> {
    for (let count = 0; this.#at < this.#chunk.length || await this.#more();) {
      const zeros = await this.#some(Infinity);
      count += zeros.length;
      if (count > MAX_RECORD_BYTES || zeros.some((byte) => byte !== 0)) {
        throw new RangeError("it goes on after its end");
      }
    }
  }

  async #skip(count: number): Promise<void> {
    for (let left = count; left > 0;) left -= (await this.#some(left)).length;
  }

  /** So many bytes in one piece. */
  async #take(count: number): Promise<Uint8Array> {
    if (this.#chunk.length - this.#at < count) {
      const parts = [this.#chunk.subarray(this.#at)];
      for (let have = parts[0]!.length; have < count; have += this.#chunk.length) {
        await this.#next();
        parts.push(this.#chunk);
      }
      this.#chunk = Buffer.concat(parts);
      this.#at = 0;
    }
    return this.#chunk.subarray(this.#at, this.#at += count);
  }

  /** What is there, up to so many bytes. */
  async #some(count: number): Promise<Uint8Array> {
    if (this.#at === this.#chunk.length) await this.#next();
    const piece = this.#chunk.subarray(this.#at, this.#at + count);
    this.#at += piece.length;
    return piece;
  }

  async #next(): Promise<void> {
    if (!await this.#more()) throw new RangeError("it ends too early");
  }

  /** Whether there is more to read, which is fetched where it has to be. */
  async #more(): Promise<boolean> {
    do {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#chunk = value;
    } while (this.#chunk.length === 0);
    this.#at = 0;
    return true;
  }
}

/** Lines as `28 path=a long name\n`, each with its own length before it. */
function readExtension(bytes: Buffer): Extension {
  const found: Extension = {};
  for (let at = 0; at < bytes.length;) {
    const [start, length] = /^(\d{1,7}) /.exec(bytes.toString("latin1", at, at + 8)) ?? [];
    const end = at + Number(length);
    if (start === undefined || end <= at + start.length || end > bytes.length || bytes[end - 1] !== 0x0a) {
      throw new RangeError("a header has a line that is none");
    }
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(bytes.toString("utf8", at + start.length, end - 1)) ?? [];
    if (key === "path") found.path = value!;
    if (key === "size") found.size = readSize(value!);
    if (key?.startsWith("GNU.sparse.")) throw new RangeError("it has a file with holes");
    at = end;
  }
  return found;
}

function readSize(text: string): number {
  const size = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(size)) throw new RangeError(`a header has ${JSON.stringify(text)} for a size`);
  return size;
}
