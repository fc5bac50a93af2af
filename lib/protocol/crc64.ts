/*
 * CRC-64/XZ, which OSS calls CRC64 ECMA: sixteen tables, so that sixteen bytes cost one round. WebAssembly has the
 * integers of 64 bits that this wants: in JavaScript the same, in halves of 32 bits, takes twice as long.
 */
const POLYNOMIAL = 0xc96c5795d7870f42n;
const STEP = 16;
/** A table has 256 entries of 8 bytes. */
const TABLE_BYTES = 256 * 8;
/** Behind the tables lie the bytes that are at their turn. */
const BUFFER = STEP * TABLE_BYTES;
const PAGE = 64 * 1024;
const PAGES = 2;
const BUFFER_BYTES = PAGES * PAGE - BUFFER;

/** `(crc, from, to) => crc`: takes in the bytes from one address to another, which are one or more whole steps apart. */
type TakeSteps = (crc: bigint, from: number, to: number) => bigint;

/** What the checksum is taken with. */
interface Engine {
  tables: BigUint64Array;
  /** Where the bytes are put that are at their turn. */
  buffer: Uint8Array;
  takeSteps: TakeSteps;
}

let engine: Engine | undefined;

/** Made for the first checksum, and not at the start of a program, which would take milliseconds longer. */
function makeEngine(): Engine {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const tables = new BigUint64Array(memory.buffer, 0, STEP * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    tables[byte] = crc;
  }
  for (let index = 256; index < tables.length; index++) {
    const crc = tables[index - 256]!;
    tables[index] = (crc >> 8n) ^ tables[Number(crc & 255n)]!;
  }
  return { tables, buffer: new Uint8Array(memory.buffer, BUFFER), takeSteps: assemble(memory) };
}

/** The checksum of bytes that come piece by piece. */
export class Crc64 {
  readonly #engine: Engine = engine ??= makeEngine();
  #inverse = -1n;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += BUFFER_BYTES) this.#take(bytes.subarray(at, at + BUFFER_BYTES));
  }

  get value(): bigint {
    return BigInt.asUintN(64, ~this.#inverse);
  }

  #take(bytes: Uint8Array): void {
    const { tables, buffer, takeSteps } = this.#engine;
    const whole = bytes.length - bytes.length % STEP;
    buffer.set(bytes);
    if (whole > 0) this.#inverse = takeSteps(this.#inverse, BUFFER, BUFFER + whole);
    for (const byte of bytes.subarray(whole)) {
      const crc = BigInt.asUintN(64, this.#inverse);
      this.#inverse = (crc >> 8n) ^ tables[Number(crc & 255n) ^ byte]!;
    }
  }
}

/** The loop over whole steps, in WebAssembly's instructions. */
function assemble(memory: WebAssembly.Memory): TakeSteps {
  const [I32, I64] = [0x7f, 0x7e];
  const [CRC, FROM, TO, FIRST, SECOND] = [0, 1, 2, 3, 4]; // three parameters and two variables
  const get = (variable: number) => [0x20, variable];
  const set = (variable: number) => [0x21, variable];
  const i32 = (value: number) => [0x41, ...signed(value)];
  const i64 = (value: number) => [0x42, ...signed(value)];
  const load = (offset: number) => [0x29, 3, ...unsigned(offset)];
  const [add, and, lessThan, xor64, shiftRight64, wrap] = [0x6a, 0x71, 0x49, 0x85, 0x88, 0xa7];

  // The last byte of a step has the first table. A byte's place in its table is 8 times the byte.
  const look = (byte: number) => [
    ...get(byte < 8 ? FIRST : SECOND),
    ...byte % 8 === 0 ? [...i64(3), 0x86] : [...i64(byte % 8 * 8 - 3), shiftRight64],
    ...[wrap, ...i32(255 * 8), and, ...load((STEP - 1 - byte) * TABLE_BYTES)],
  ];
  // As a tree, its second half first: that does not wait for the step before.
  const combine = (from: number, to: number): number[] => {
    const middle = (from + to) / 2;
    return to - from === 1 ? look(from) : [...combine(middle, to), ...combine(from, middle), xor64];
  };
  const loop = [
    ...[...get(CRC), ...get(FROM), ...load(0), xor64, ...set(FIRST)],
    ...[...get(FROM), ...load(8), ...set(SECOND)],
    ...[...combine(0, STEP), ...set(CRC)],
    ...[...get(FROM), ...i32(STEP), add, ...set(FROM)],
    ...[...get(FROM), ...get(TO), lessThan, 0x0d, 0],
  ];
  const body = [1, 2, I64, 0x03, 0x40, ...loop, 0x0b, ...get(CRC), 0x0b];
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...[...name("asm").with(0, 0), 1, 0, 0, 0],
      ...section(1, [1, 0x60, 3, I64, I32, I32, 1, I64]),
      ...section(2, [1, ...name("m"), ...name("m"), 2, 0, PAGES]),
      ...section(3, [1, 0]),
      ...section(7, [1, ...name("f"), 0, 0]),
      ...section(10, [1, ...unsigned(body.length), ...body]),
    ]),
  );
  return new WebAssembly.Instance(module, { m: { m: memory } }).exports.f as TakeSteps;
}

/** Numbers as WebAssembly writes them: seven bits a byte, the lowest first. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 64 ? [value] : [value % 128 + 128, ...signed(value >>> 7)];
}

const ONE = 1n << 63n; // the polynomial 1: bits are in reverse order

/** The product of two polynomials, modulo that of the checksum. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let bit = ONE; bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= b;
    b = b & 1n ? (b >> 1n) ^ POLYNOMIAL : b >> 1n;
  }
  return product;
}

/** x to the power of 8·2^n, for n from 0: what 2^n bytes more do to a checksum. */
const shifts: bigint[] = [ONE >> 8n];

let lastLength = 0;
let lastShift = ONE;

/** The checksum of two stretches of bytes, the second `length` bytes long, from those of each. */
export function combineCrc64(first: bigint, second: bigint, length: number): bigint {
  if (length !== lastLength) { // the parts of an upload are all of one length but the last
    lastLength = length;
    lastShift = ONE;
    for (let n = 0, rest = length; rest > 0; n++, rest = Math.floor(rest / 2)) {
      if (n === shifts.length) shifts.push(multiply(shifts[n - 1]!, shifts[n - 1]!));
      if (rest % 2 === 1) lastShift = multiply(shifts[n]!, lastShift);
    }
  }
  return multiply(lastShift, first) ^ second;
}
