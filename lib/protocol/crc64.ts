import { BUFFER, BUFFER_BYTES, type Crc64Engine, makeEngine, POLYNOMIAL, REACH, REST, STEP } from "./crc64_engine.ts";

/** From this length on it pays to fold the bytes before the tables take what is left. */
const WORTH_FOLDING = 2 * REACH;

let engine: Crc64Engine | undefined;

/** The checksum of bytes that come piece by piece: CRC-64/XZ, which OSS calls CRC64 ECMA. */
export class Crc64 {
  readonly #engine: Crc64Engine = engine ??= makeEngine();
  #inverse = -1n;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += BUFFER_BYTES) this.#take(bytes.subarray(at, at + BUFFER_BYTES));
  }

  get value(): bigint {
    return BigInt.asUintN(64, ~this.#inverse);
  }

  #take(bytes: Uint8Array): void {
    this.#engine.memory.set(bytes, BUFFER);
    if (bytes.length < WORTH_FOLDING) this.#look(BUFFER, bytes.length);
    else this.#look(REST, this.#fold(bytes.length));
  }

  /** Makes the bytes in the buffer a rest of few that has the same checksum, and gives its length. */
  #fold(length: number): number {
    const { memory, view, fold } = this.#engine;
    view.setBigUint64(BUFFER, view.getBigUint64(BUFFER, true) ^ this.#inverse, true);
    this.#inverse = 0n;
    const restLength = REACH + (length - REACH) % STEP;
    const end = BUFFER + length;
    const rest = end - restLength;
    fold(BUFFER - REACH, rest - REACH, 0);
    // From what is left nothing is taken any more.
    memory.copyWithin(REST, rest, end);
    memory.fill(0, rest, end);
    fold(rest - REACH, end - REACH, REST - rest);
    return restLength;
  }

  /** Looks the bytes at an address up in the tables. */
  #look(from: number, length: number): void {
    const { memory, tables, takeSteps } = this.#engine;
    const end = from + length;
    const whole = end - length % STEP;
    if (whole > from) this.#inverse = takeSteps(this.#inverse, from, whole);
    for (const byte of memory.subarray(whole, end)) {
      const crc = BigInt.asUintN(64, this.#inverse);
      this.#inverse = (crc >> 8n) ^ tables[Number(crc & 255n) ^ byte]!;
    }
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
