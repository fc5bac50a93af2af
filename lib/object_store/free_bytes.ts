/**
 * Frees the memory of bytes that nobody needs any more, where nothing else lies in it. Left to the garbage collector, the
 * pieces of a body that comes fast have it run all the time, and each piece lies in memory that no cache has.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
