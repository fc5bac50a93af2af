/**
 * WebSocket frames by hand: the load generator must cost less than every hub, so it builds its frames beforehand and of
 * what arrives it reads the headers alone.
 */

export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;

const encoder = new TextEncoder();

/** A final frame. A client's is masked, as the RFC asks, with a key of zeros: legal, and the payload stays as it is. */
export function frame(opcode: number, payload: Uint8Array | string, from: "client" | "hub" = "client"): Uint8Array {
  const body = typeof payload === "string" ? encoder.encode(payload) : payload;
  const mask = from === "client";
  const lengthBytes = body.length < 126 ? 0 : body.length < 65_536 ? 2 : 8;
  const bytes = new Uint8Array(2 + lengthBytes + (mask ? 4 : 0) + body.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | opcode;
  bytes[1] = (mask ? 0x80 : 0) | (lengthBytes === 0 ? body.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, body.length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(body.length));
  bytes.set(body, bytes.length - body.length);
  return bytes;
}

/** Cuts a byte stream into frames. Counts texts; hands on the payload of control frames, and of texts while `keep`. */
export class FrameReader {
  /** Whether texts are handed on too (the login), or only counted (the load). */
  keep = true;
  #onPayload: (opcode: number, payload: Uint8Array) => void;
  #head = new Uint8Array(14);
  #headLength = 0;
  #headSize = 2;
  #left = 0;
  #kept: Uint8Array | undefined;

  constructor(onPayload: (opcode: number, payload: Uint8Array) => void) {
    this.#onPayload = onPayload;
  }

  /** Reads one chunk and returns how many text messages it completed. */
  push(chunk: Uint8Array): number {
    const end = chunk.length;
    const head = this.#head;
    let texts = 0;
    let at = 0;
    while (at < end) {
      if (this.#headLength < this.#headSize) {
        head[this.#headLength++] = chunk[at++]!;
        if (this.#headLength === 2) this.#headSize = headerSize(head[1]!);
        if (this.#headLength < this.#headSize) continue;
        this.#left = this.#payloadLength();
        if (this.keep || (head[0]! & 0x0f) >= 8) this.#kept = new Uint8Array(this.#left);
      }
      const take = Math.min(this.#left, end - at);
      if (this.#kept) this.#kept.set(chunk.subarray(at, at + take), this.#kept.length - this.#left);
      at += take;
      this.#left -= take;
      if (this.#left === 0) texts += this.#finish();
    }
    return texts;
  }

  #payloadLength(): number {
    const view = new DataView(this.#head.buffer);
    const short = this.#head[1]! & 0x7f;
    return short < 126 ? short : short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
  }

  #finish(): 0 | 1 {
    const first = this.#head[0]!;
    const payload = this.#kept;
    this.#headLength = 0;
    this.#headSize = 2;
    this.#kept = undefined;
    if (payload) this.#onPayload(first & 0x0f, payload);
    return (first & 0x80) !== 0 && (first & 0x0f) < 8 ? 1 : 0;
  }
}

function headerSize(second: number): number {
  const length = second & 0x7f;
  return 2 + (length < 126 ? 0 : length === 126 ? 2 : 8) + ((second & 0x80) !== 0 ? 4 : 0);
}
