/** A frame as a client sends it (RFC 6455, section 5.2). `first` is its first byte: the opcode, and 0x80 where it is final. */
export function clientFrame(first: number, payload: Uint8Array | string, mask = [1, 2, 3, 250]): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const { length } = bytes;
  const lengthBytes = length < 126
    ? [0x80 | length]
    : length < 65536
    ? [0x80 | 126, length >> 8, length & 0xff]
    : [0x80 | 127, 0, 0, 0, 0, length >>> 24, length >> 16 & 0xff, length >> 8 & 0xff, length & 0xff];
  return joined([Uint8Array.of(first, ...lengthBytes, ...mask), bytes.map((byte, index) => byte ^ mask[index % 4]!)]);
}

/** Bytes one after the other. */
export function joined(pieces: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
