import { asLine } from "./lines.ts";

/**
 * The largest frame, in bytes of UTF-8, that a peer accepts unless it says otherwise: Python's `websockets` ends
 * the connection (1009) above it, and so does Swift's `URLSessionWebSocketTask`.
 */
export const DEPLOYED_FRAME_LIMIT: number = 1024 * 1024;

/** The largest frame, in bytes of UTF-8, that our own peers accept; Deno's WebSocket fails at a larger one. */
export const OWN_FRAME_LIMIT: number = 64 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The length of a text in bytes of UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** One text on its way to any number of receivers: encoded, or decoded, at most once. */
export class Item {
  #text: string | undefined;
  #bytes: Uint8Array | undefined;
  /** Whether it can stand in a line as it is, where that is known. */
  #isLine: boolean | undefined;
  #wholeFrame: Uint8Array | undefined;
  #wholeLine: Uint8Array | undefined;

  /** `bytes` is the text in UTF-8, where it is at hand. */
  constructor(text: string, bytes?: Uint8Array) {
    this.#text = text;
    this.#bytes = bytes;
  }

  /** Makes one of what has stood in a line. */
  static ofLine(text: string, bytes?: Uint8Array): Item {
    const item = new Item(text, bytes);
    item.#isLine = true;
    return item;
  }

  get text(): string {
    return this.#text ??= decoder.decode(this.#bytes);
  }

  /** The text in UTF-8. */
  get bytes(): Uint8Array {
    return this.#bytes ??= encoder.encode(this.#text);
  }

  /** The text in UTF-8 as it can stand in a line. */
  get line(): Uint8Array {
    const { bytes } = this;
    this.#isLine ??= !bytes.includes(0x0a);
    return this.#isLine ? bytes : encoder.encode(asLine(this.text));
  }

  /** The text as a WebSocket frame from a server, made once. */
  get wholeFrame(): Uint8Array {
    return this.#wholeFrame ??= joined(textFrameHead(this.bytes.length), this.bytes);
  }

  /** The text as a line with the line feed before it, made once. */
  get wholeLine(): Uint8Array {
    return this.#wholeLine ??= joined(LINE_FEED, this.line);
  }

  /** How long it is: in bytes where these are at hand, else in characters. */
  get length(): number {
    return this.#bytes?.length ?? this.#text!.length;
  }

  /** Keeps the bytes alone: a text that was cut out of a longer one keeps all of that in memory. */
  letGoOfText(): void {
    if (this.#bytes !== undefined) this.#text = undefined;
  }

  /** Whether it is longer than `limit` bytes. Its length in characters mostly tells. */
  exceeds(limit: number): boolean {
    if (this.length > limit) return true;
    if (this.length * 3 <= limit) return false;
    return this.bytes.length > limit;
  }
}

/** What comes before each item in a frame of lines. */
export const LINE_FEED: Uint8Array = new Uint8Array([0x0a]);

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
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
