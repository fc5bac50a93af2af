import { Buffer } from "node:buffer";

/** What a tar archive is made of: headers, contents with zeros after them, and at least two blocks of zeros in the end. */
export const BLOCK_BYTES = 512;

/** An entry of an archive, as its header has it. */
export interface TarHeader {
  /** `0` for a file, `5` for a folder; others for links, devices, and headers that say more of the next entry. */
  type: string;
  path: string;
  size: number;
}

/** From, and to: where a field of a header lies. */
const NAME = [0, 100] as const;
const MODE = [100, 108] as const;
const OWNER = [108, 116] as const;
const GROUP = [116, 124] as const;
const SIZE = [124, 136] as const;
const MODIFIED = [136, 148] as const;
const CHECKSUM = [148, 156] as const;
const TYPE = 156;
const MAGIC = [257, 265] as const;
const PREFIX = [345, 500] as const;
type Field = readonly [number, number];

interface PathFields {
  prefix: Buffer;
  name: Buffer;
}

const ZERO = 0x30;
const FILE = 0x30;
const FOLDER = 0x35;
/** Says more of the next entry. */
const EXTENSION = 0x78;
const NOTHING = Buffer.alloc(0);
const POSIX = Buffer.from("ustar\x0000");
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** Twelve digits, where POSIX has eleven and a blank; other programs read both. */
const MAX_SIZE = 8 ** 12;

/**
 * A header that every program understands. Before one whose path does not fit, another that has it, as POSIX has it:
 * that is a name of 34 Chinese characters.
 *
 * @param path With a slash at the end for a folder.
 * @param modified In milliseconds since 1970.
 * @throws {RangeError} Where the size does not fit.
 */
export function tarHeader(path: string, size: number, modified: number): Uint8Array {
  if (size >= MAX_SIZE) throw new RangeError(`${path} has more than 64 GiB`);
  const bytes = Buffer.from(path);
  const type = path.endsWith("/") ? FOLDER : FILE;
  const fields = split(bytes);
  if (fields !== undefined) return header(fields, type, size, modified);
  const line = pathLine(bytes);
  return Buffer.concat([
    header({ prefix: NOTHING, name: Buffer.from("PaxHeader") }, EXTENSION, line.length, modified),
    line,
    Buffer.alloc(-line.length & (BLOCK_BYTES - 1)),
    header({ prefix: NOTHING, name: begin(bytes) }, type, size, modified),
  ]);
}

function header({ prefix, name }: PathFields, type: number, size: number, modified: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(name, NAME[0]);
  block.set(prefix, PREFIX[0]);
  writeNumber(block, MODE, type === FOLDER ? 0o755 : 0o644);
  writeNumber(block, OWNER, 0);
  writeNumber(block, GROUP, 0);
  writeNumber(block, SIZE, size);
  writeNumber(block, MODIFIED, Math.max(0, Math.floor(modified / 1000)));
  block[TYPE] = type;
  block.set(POSIX, MAGIC[0]);
  writeNumber(block, CHECKSUM, sum(block));
  return block;
}

/** `28 path=a long name\n`, with its own length in decimal before it. */
function pathLine(path: Buffer): Buffer {
  const rest = path.length + " path=\n".length;
  let length = rest + 1;
  while (String(length).length + rest > length) length++;
  return Buffer.concat([Buffer.from(`${length} path=`), path, Buffer.from("\n")]);
}

/** What fits of a path, in whole characters. */
function begin(path: Buffer): Buffer {
  let end = NAME_BYTES;
  while ((path[end]! & 0xc0) === 0x80) end--;
  return path.subarray(0, end);
}

/**
 * Reads a header; `undefined` for a block of zeros, which is none.
 *
 * @throws {RangeError} Where the block is no header.
 */
export function readTarHeader(bytes: Uint8Array): TarHeader | undefined {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (block[0] === 0 && block.every((byte) => byte === 0)) return undefined;
  if (readNumber(block, CHECKSUM) !== sum(block)) throw new RangeError("a header has a wrong checksum");
  const prefix = POSIX.equals(block.subarray(...MAGIC)) ? readText(block, PREFIX) : "";
  const name = readText(block, NAME);
  const path = prefix === "" ? name : `${prefix}/${name}`;
  const type = block.toString("latin1", TYPE, TYPE + 1);
  // Before 1988 there were no types: a slash at the end made a folder.
  const isFolder = /[0\0]/.test(type) && path.endsWith("/");
  return { type: isFolder ? "5" : type === "\0" ? "0" : type, path, size: readNumber(block, SIZE) };
}

/** A long path goes into two fields, and the slash between them into none; `undefined` where it does not fit. */
function split(path: Buffer): PathFields | undefined {
  if (path.length <= NAME_BYTES) return { prefix: NOTHING, name: path };
  const slash = path.indexOf("/", path.length - NAME_BYTES - 1);
  if (slash === -1 || slash === path.length - 1 || slash > PREFIX_BYTES) return undefined;
  return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
}

/** The sum of a header's bytes, with blanks for the sum itself. */
function sum(block: Uint8Array): number {
  let total = 8 * 32;
  for (let at = 0; at < CHECKSUM[0]; at++) total += block[at]!;
  for (let at = CHECKSUM[1]; at < BLOCK_BYTES; at++) total += block[at]!;
  return total;
}

/** Octal digits, and a NUL where there is room for one. */
function writeNumber(block: Uint8Array, [from, to]: Field, value: number): void {
  const end = value < 8 ** (to - from - 1) ? to - 1 : to;
  for (let at = end - 1, left = value; at >= from; at--, left = Math.floor(left / 8)) block[at] = ZERO + left % 8;
}

/** Octal digits, or, where the first bit says so, the number itself: so do others with large files. */
function readNumber(block: Buffer, [from, to]: Field): number {
  if (block[from] === 0x80) {
    const value = BigInt(`0x${block.toString("hex", from + 1, to)}`);
    if (value <= Number.MAX_SAFE_INTEGER) return Number(value);
  }
  const text = block.toString("latin1", from, to);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) throw new RangeError(`a header has ${JSON.stringify(text)} for a number`);
  return parseInt(digits || "0", 8);
}

function readText(block: Buffer, [from, to]: Field): string {
  const end = block.indexOf(0, from);
  return block.toString("utf8", from, end === -1 ? to : Math.min(end, to));
}
