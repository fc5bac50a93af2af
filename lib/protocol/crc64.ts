import { BUFFER, BUFFER_BYTES, type Crc64Engine, makeEngine, POLYNOMIAL, REACH, STEP } from "./crc64_engine.ts";

/** How much is taken at a time, behind what is left of a step. */
const PIECE_BYTES = BUFFER_BYTES - STEP;
/** Where the end of the bytes becomes what the tables take. Before it lie zeros, which change nothing. */
const END = BUFFER + 3 * REACH;
/** The checksum that it begins with. */
const ONES = 0xffffffffffffffffn;

let engine: Crc64Engine | undefined;

/** The checksum of bytes that come piece by piece: CRC-64/XZ, which OSS calls CRC64 ECMA. */
export class Crc64 {
  readonly #engine: Crc64Engine = engine ??= makeEngine();
  /** The last bytes that were folded, and behind them those that are no whole step yet. */
  readonly #last = new Uint8Array(REACH + STEP);
  #unfolded = 0;
  #size = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.#take(bytes.subarray(at, at + PIECE_BYTES));
  }

  get value(): bigint {
    const { memory, fold, takeSteps } = this.#engine;
    // What the last bytes that were folded have from each other is taken back.
    const folded = this.#last.subarray(0, REACH);
    memory.fill(0, BUFFER, END);
    memory.set(folded, BUFFER + REACH);
    memory.set(folded, END);
    fold(BUFFER, BUFFER + REACH, END - BUFFER - REACH);
    memory.set(this.#last.subarray(REACH, REACH + this.#unfolded), END + REACH);
    const length = REACH + this.#unfolded;
    const crc = takeSteps(0n, END - (STEP - length % STEP), END + length);
    return BigInt.asUintN(64, ~(crc ^ (ONES >> BigInt(Math.min(64, 8 * this.#size)))));
  }

  #take(bytes: Uint8Array): void {
    const { memory, fold } = this.#engine;
    const begin = BUFFER + this.#unfolded;
    const end = begin + bytes.length;
    memory.set(this.#last, BUFFER - REACH);
    memory.set(bytes, begin);
    // It begins with ones, not with zeros.
    for (let at = begin; at < Math.min(end, begin + 8 - this.#size); at++) memory[at]! ^= 0xff;
    this.#size += bytes.length;
    const folded = end - (end - BUFFER) % STEP;
    if (folded > BUFFER) fold(BUFFER - REACH, folded - REACH, 0);
    this.#unfolded = end - folded;
    this.#last.set(memory.subarray(folded - REACH, folded + STEP));
  }
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
