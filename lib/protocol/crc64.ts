/*
 * CRC-64/XZ, which OSS calls CRC64 ECMA. Two halves of 32 bits each, because BigInt is a hundred times too slow for
 * what passes here; eight tables, so that eight bytes cost one round.
 */
const POLYNOMIAL = 0xc96c5795d7870f42n;
const low = new Int32Array(8 * 256);
const high = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte++) {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  low[byte] = Number(BigInt.asIntN(32, crc));
  high[byte] = Number(BigInt.asIntN(32, crc >> 32n));
}
for (let index = 256; index < 8 * 256; index++) {
  const l = low[index - 256]!;
  const h = high[index - 256]!;
  low[index] = ((l >>> 8) | (h << 24)) ^ low[l & 255]!;
  high[index] = (h >>> 8) ^ high[l & 255]!;
}

// Words are read as the machine has them, and the tables want the first byte lowest.
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The checksum of bytes that come piece by piece. */
export class Crc64 {
  #low = 0;
  #high = 0;

  update(bytes: Uint8Array): void {
    let l = ~this.#low;
    let h = ~this.#high;
    let at = 0;
    if (littleEndian) {
      // Up to the first whole word one by one.
      const start = Math.min(bytes.length, -bytes.byteOffset & 3);
      for (; at < start; at++) {
        const index = (l ^ bytes[at]!) & 255;
        l = ((l >>> 8) | (h << 24)) ^ low[index]!;
        h = (h >>> 8) ^ high[index]!;
      }
      const pairs = (bytes.length - at) >>> 3;
      const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, pairs * 2);
      for (let word = 0; word < pairs * 2; word += 2) {
        const a = l ^ words[word]!;
        const b = h ^ words[word + 1]!;
        const i7 = 1792 + (a & 255),
          i6 = 1536 + ((a >>> 8) & 255),
          i5 = 1280 + ((a >>> 16) & 255),
          i4 = 1024 + (a >>> 24);
        const i3 = 768 + (b & 255), i2 = 512 + ((b >>> 8) & 255), i1 = 256 + ((b >>> 16) & 255), i0 = b >>> 24;
        l = low[i7]! ^ low[i6]! ^ low[i5]! ^ low[i4]! ^ low[i3]! ^ low[i2]! ^ low[i1]! ^ low[i0]!;
        h = high[i7]! ^ high[i6]! ^ high[i5]! ^ high[i4]! ^ high[i3]! ^ high[i2]! ^ high[i1]! ^ high[i0]!;
      }
      at += pairs * 8;
    }
    for (; at < bytes.length; at++) {
      const index = (l ^ bytes[at]!) & 255;
      l = ((l >>> 8) | (h << 24)) ^ low[index]!;
      h = (h >>> 8) ^ high[index]!;
    }
    this.#low = ~l;
    this.#high = ~h;
  }

  get value(): bigint {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
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
for (let n = 1; n < 53; n++) shifts.push(multiply(shifts[n - 1]!, shifts[n - 1]!));

let lastLength = 0;
let lastShift = ONE;

/** The checksum of two stretches of bytes, the second `length` bytes long, from those of each. */
export function combineCrc64(first: bigint, second: bigint, length: number): bigint {
  if (length !== lastLength) { // the parts of an upload are all of one length but the last
    lastLength = length;
    lastShift = ONE;
    for (let n = 0, rest = length; rest > 0; n++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) lastShift = multiply(shifts[n]!, lastShift);
    }
  }
  return multiply(lastShift, first) ^ second;
}
