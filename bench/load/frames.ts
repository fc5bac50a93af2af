/**
 * WebSocket frames by hand: the load generator must cost less than every hub, so it builds its frames beforehand and of
 * what arrives it reads little more than the heads.
 */

export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const encoder = new TextEncoder();
const COMPRESSED = 0x40;

/**
 * A final frame, or the head of one with so many bytes. A client's is masked, as the RFC asks, with a key of zeros:
 * legal, and the payload stays as it is.
 */
export function frame(
  opcode: number,
  payload: Uint8Array | string | number,
  from: "client" | "hub" = "client",
): Uint8Array<ArrayBuffer> {
  const body = typeof payload === "string" ? encoder.encode(payload) : payload;
  const length = typeof body === "number" ? body : body.length;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const headLength = 2 + lengthBytes + (from === "client" ? 4 : 0);
  const bytes = new Uint8Array(headLength + (typeof body === "number" ? 0 : length));
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | opcode;
  bytes[1] = (from === "client" ? 0x80 : 0) | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  if (typeof body !== "number") bytes.set(body, headLength);
  return bytes;
}

/** What a reader makes of frames. */
export interface FrameSink {
  /** A whole frame: one of control, or any until `counts` is set. */
  onFrame(opcode: number, payload: Uint8Array, isCompressed: boolean): void;
  /** A piece of the payload of a data frame, which may end with it. Returns how many messages are complete now. */
  hear(bytes: Uint8Array, from: number, to: number, ends: boolean): number;
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  /** Whether data frames are heard piece by piece (the load), and not handed on whole (the login). */
  counts = false;
  #sink: FrameSink;
  #head = new Uint8Array(14);
  #headLength = 0;
  #headSize = 2;
  #first = 0;
  #left = 0;
  #kept: Uint8Array | undefined;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Reads one chunk and returns how many messages it completed. */
  push(chunk: Uint8Array): number {
    const end = chunk.length;
    let messages = 0;
    let at = 0;
    while (at < end) {
      if (this.#headLength === 0 && this.counts) {
        // Most frames are whole, not large, and data: nothing of them is kept.
        const first = chunk[at]!;
        const second = chunk[at + 1]!; // undefined at the end of the chunk, and so in neither range
        const isShort = second < 126;
        const from = at + (isShort ? 2 : 4);
        const to = from + (isShort ? second : (chunk[at + 2]! << 8) | chunk[at + 3]!);
        if (second <= 126 && to <= end && (first & 0x08) === 0) {
          messages += this.#sink.hear(chunk, from, to, first >= 0x80);
          at = to;
          continue;
        }
      }
      if (this.#headLength < this.#headSize) {
        this.#head[this.#headLength++] = chunk[at++]!;
        if (this.#headLength === 2) this.#headSize = headerSize(this.#head[1]!);
        if (this.#headLength < this.#headSize) continue;
        this.#beginPayload();
      }
      const take = Math.min(this.#left, end - at);
      this.#left -= take;
      if (this.#kept) this.#kept.set(chunk.subarray(at, at + take), this.#kept.length - this.#left - take);
      else messages += this.#sink.hear(chunk, at, at + take, this.#left === 0 && this.#first >= 0x80);
      at += take;
      if (this.#left === 0) this.#finish();
    }
    return messages;
  }

  #beginPayload(): void {
    const view = new DataView(this.#head.buffer);
    const short = this.#head[1]! & 0x7f;
    this.#first = this.#head[0]!;
    this.#left = short < 126 ? short : short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
    this.#kept = !this.counts || (this.#first & 0x08) !== 0 ? new Uint8Array(this.#left) : undefined;
  }

  #finish(): void {
    const payload = this.#kept;
    this.#headLength = 0;
    this.#headSize = 2;
    this.#kept = undefined;
    if (payload) this.#sink.onFrame(this.#first & 0x0f, payload, (this.#first & COMPRESSED) !== 0);
  }
}

function headerSize(second: number): number {
  const length = second & 0x7f;
  return 2 + (length < 126 ? 0 : length === 126 ? 2 : 8) + ((second & 0x80) !== 0 ? 4 : 0);
}
