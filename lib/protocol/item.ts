import { asLine } from "./lines.ts";

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
  #line: Uint8Array | undefined;

  /** `bytes` is the text in UTF-8, where it is at hand. */
  constructor(text: string, bytes?: Uint8Array) {
    this.text = text;
    this.#bytes = bytes;
  }

  /** The text in UTF-8. */
  get bytes(): Uint8Array {
    return this.#bytes ??= encoder.encode(this.text);
  }

  /** The text as a WebSocket frame from a server. */
  get frame(): Uint8Array {
    return this.#frame ??= textFrame(this.bytes);
  }

  /** The text as a line of a frame of version 2, the line feed before it included. */
  get line(): Uint8Array {
    return this.#line ??= encoder.encode(`\n${asLine(this.text)}`);
  }

  /** Whether it is longer than `limit` bytes. Its length in characters mostly tells. */
  exceeds(limit: number): boolean {
    if (this.text.length > limit) return true;
    if (this.text.length * 3 <= limit) return false;
    return this.bytes.length > limit;
  }
}

function textFrame(payload: Uint8Array): Uint8Array {
  const head = textFrameHead(payload.length);
  const frame = new Uint8Array(head.length + payload.length);
  frame.set(head);
  frame.set(payload, head.length);
  return frame;
}

/** What comes before the payload in a WebSocket frame from a server (RFC 6455, section 5.2): whole, and not masked. */
export function textFrameHead(length: number): Uint8Array {
  const head = new Uint8Array(length < 126 ? 2 : length < 65536 ? 4 : 10);
  head[0] = 0x81; // the last frame of a message, and a text
  if (head.length === 2) {
    head[1] = length;
  } else if (head.length === 4) {
    head[1] = 126;
    head[2] = length >> 8;
    head[3] = length;
  } else {
    head[1] = 127;
    new DataView(head.buffer).setBigUint64(2, BigInt(length));
  }
  return head;
}
