/** From this length on, in bytes, four at a time pay. */
const MANY_BYTES = 64;
/** The length of a mask, in bytes. */
const MASK_BYTES = 4;

/** Takes the mask off the payload of a frame, in place; it stands right before it. */
export function unmask(bytes: Uint8Array, start: number, end: number): void {
  const mask = bytes[start - 4]! | bytes[start - 3]! << 8 | bytes[start - 2]! << 16 | bytes[start - 1]! << 24;
  if (mask === 0) return;
  let at = start;
  if (end - start >= MANY_BYTES) {
    while ((bytes.byteOffset + at) % MASK_BYTES !== 0) unmaskByte(bytes, at++, start, mask);
    // Every machine that Deno runs on has the first byte of a word last, as `mask` has.
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, Math.floor((end - at) / MASK_BYTES));
    const turn = (at - start) % MASK_BYTES * 8;
    const turned = mask >>> turn | mask << 32 - turn;
    for (let index = 0; index < words.length; index++) words[index]! ^= turned;
    at += words.length * MASK_BYTES;
  }
  while (at < end) unmaskByte(bytes, at++, start, mask);
}

function unmaskByte(bytes: Uint8Array, at: number, start: number, mask: number): void {
  bytes[at]! ^= mask >>> (at - start) % MASK_BYTES * 8;
}
