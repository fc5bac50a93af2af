/*
 * The loops of CRC-64/XZ in WebAssembly, which has the integers of 64 bits and the vectors of 128 that they want.
 */
export const POLYNOMIAL = 0xc96c5795d7870f42n;
/** How many bytes one round of a loop takes. */
export const STEP = 16;
/** A table has 256 entries of 8 bytes. */
const TABLE_BYTES = 256 * 8;

/**
 * The exponents of a polynomial of bytes (1 is x^8, 2 is x^16 …) that the checksum's divides: eight exclusive ors of
 * whole bytes, with no look-up, take it from the beginning of the bytes, and the checksum stays what it was. It was
 * found by search: none of so few terms is much shorter, and where the first two lie close together a round of the loop
 * waits for the round before.
 */
const MULTIPLE = [1816, 1317, 1294, 1023, 834, 513, 224, 0];
/** How many bytes are left to the tables at the end. */
export const REACH = MULTIPLE[0]!;

const PAGE = 64 * 1024;
const PAGES = 2;
/** Behind the tables lie the last bytes that were folded, as far as the loop reaches back; then those at their turn. */
export const BUFFER = STEP * TABLE_BYTES + 2048;
/** How many may be at their turn, and a step behind them that is no longer of use. */
export const BUFFER_BYTES = PAGES * PAGE - BUFFER - STEP;

/** What the checksum is taken with. */
export interface Crc64Engine {
  memory: Uint8Array;
  /** Takes in the bytes from one address to another, which are one or more whole steps apart. */
  takeSteps(crc: bigint, from: number, to: number): bigint;
  /**
   * Takes the multiple from the bytes, a step at a time, from `REACH` behind one address to `REACH` behind another. What
   * is read and written lies `shift` bytes further on.
   */
  fold(from: number, to: number, shift: number): void;
}

/** For the first checksum, and not at the start of a program, which would take milliseconds longer. */
export function makeEngine(): Crc64Engine {
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
  return { memory: new Uint8Array(memory.buffer), ...assemble(memory) };
}

const [I32, I64] = [0x7f, 0x7e];
const get = (variable: number) => [0x20, variable];
const set = (variable: number) => [0x21, variable];
const i32 = (value: number) => [0x41, ...signed(value)];
const i64 = (value: number) => [0x42, ...signed(value)];
const [add, lessThan] = [0x6a, 0x49];
const [loop, again, end] = [[0x03, 0x40], [0x0d, 0], 0x0b];

/** Sixteen tables, so that sixteen bytes cost one round. */
function stepsLoop(): number[] {
  const [CRC, FROM, TO, FIRST, SECOND] = [0, 1, 2, 3, 4]; // three parameters and two variables
  const load = (offset: number) => [0x29, 3, ...unsigned(offset)];
  const [and, xor, shiftRight, wrap] = [0x71, 0x85, 0x88, 0xa7];
  // The last byte of a step has the first table. A byte's place in its table is 8 times the byte.
  const look = (byte: number) => [
    ...get(byte < 8 ? FIRST : SECOND),
    ...byte % 8 === 0 ? [...i64(3), 0x86] : [...i64(byte % 8 * 8 - 3), shiftRight],
    ...[wrap, ...i32(255 * 8), and, ...load((STEP - 1 - byte) * TABLE_BYTES)],
  ];
  // As a tree, its second half first: that does not wait for the step before.
  const combine = (from: number, to: number): number[] => {
    const middle = (from + to) / 2;
    return to - from === 1 ? look(from) : [...combine(middle, to), ...combine(from, middle), xor];
  };
  return [
    ...[1, 2, I64, ...loop],
    ...[...get(CRC), ...get(FROM), ...load(0), xor, ...set(FIRST)],
    ...[...get(FROM), ...load(8), ...set(SECOND)],
    ...[...combine(0, STEP), ...set(CRC)],
    ...[...get(FROM), ...i32(STEP), add, ...set(FROM)],
    ...[...get(FROM), ...get(TO), lessThan, ...again, end],
    ...[...get(CRC), end],
  ];
}

function foldLoop(): number[] {
  const [FROM, TO, SHIFT] = [0, 1, 2];
  const load = (offset: number) => [0xfd, 0, 0, ...unsigned(offset)];
  const store = (offset: number) => [0xfd, 11, 0, ...unsigned(offset)];
  const xor = [0xfd, 0x51];
  const place = [...get(FROM), ...get(SHIFT), add];
  return [
    ...[0, ...loop],
    ...[...place, ...place, ...load(REACH)],
    ...MULTIPLE.slice(1).flatMap((exponent) => [...get(FROM), ...load(exponent), ...xor]),
    ...store(REACH),
    ...[...get(FROM), ...i32(STEP), add, ...set(FROM)],
    ...[...get(FROM), ...get(TO), lessThan, ...again, end],
    end,
  ];
}

function assemble(memory: WebAssembly.Memory): Pick<Crc64Engine, "takeSteps" | "fold"> {
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
  const code = [stepsLoop(), foldLoop()].flatMap((body) => [...unsigned(body.length), ...body]);
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...[...name("asm").with(0, 0), 1, 0, 0, 0],
      ...section(1, [2, ...[0x60, 3, I64, I32, I32, 1, I64], ...[0x60, 3, I32, I32, I32, 0]]),
      ...section(2, [1, ...name("m"), ...name("m"), 2, 0, PAGES]),
      ...section(3, [2, 0, 1]),
      ...section(7, [2, ...name("takeSteps"), 0, 0, ...name("fold"), 0, 1]),
      ...section(10, [2, ...code]),
    ]),
  );
  const { exports } = new WebAssembly.Instance(module, { m: { m: memory } });
  return exports as unknown as Pick<Crc64Engine, "takeSteps" | "fold">;
}

/** Numbers as WebAssembly writes them: seven bits a byte, the lowest first. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 64 ? [value] : [value % 128 + 128, ...signed(value >>> 7)];
}
