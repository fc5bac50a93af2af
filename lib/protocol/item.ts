/**
 * The largest frame, in bytes of UTF-8, that a peer accepts unless it says otherwise: Python's `websockets` ends
 * the connection (1009) above it, and so does Swift's `URLSessionWebSocketTask`.
 */
export const DEPLOYED_FRAME_LIMIT: number = 1024 * 1024;

/** The largest frame, in bytes of UTF-8, that our own peers accept; Deno's WebSocket fails at a larger one. */
export const OWN_FRAME_LIMIT: number = 64 * 1024 * 1024;

const encoder = new TextEncoder();

/** The length of a text in bytes of UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** One text on its way to any number of receivers: encoded at most once. */
export class Item {
  readonly text: string;
  #bytes: Uint8Array | undefined;
  #frame: Uint8Array | undefined;

  /** `bytes` is the text in UTF-8, where it is at hand. */
  constructor(text: string, bytes?: Uint8Array) {
    this.text = text;
    this.#bytes = bytes;
  }

  /** The text in UTF-8. */
  get bytes(): Uint8Array {
    return this.#bytes ??= encoder.encode(this.text);
  }

  /** The text as a WebSocket frame from a server (RFC 6455, section 5.2): whole, and not masked. */
  get frame(): Uint8Array {
    return this.#frame ??= textFrame(this.bytes);
  }

  /** Whether it is longer than `limit` bytes. Its length in characters mostly tells. */
  exceeds(limit: number): boolean {
    if (this.text.length > limit) return true;
    if (this.text.length * 3 <= limit) return false;
    return this.bytes.length > limit;
  }
}

function textFrame(payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const headLength = length < 126 ? 2 : length < 65536 ? 4 : 10;
  const frame = new Uint8Array(headLength + length);
  frame[0] = 0x81; // the last frame of a message, and a text
  if (headLength === 2) {
    frame[1] = length;
  } else if (headLength === 4) {
    frame[1] = 126;
    frame[2] = length >> 8;
    frame[3] = length;
  } else {
    frame[1] = 127;
    new DataView(frame.buffer).setBigUint64(2, BigInt(length));
  }
  frame.set(payload, headLength);
  return frame;
}
