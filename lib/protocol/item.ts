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

/** One text on its way to any number of receivers, measured at most once. */
export class Item {
  readonly text: string;
  #byteLength?: number;

  constructor(text: string) {
    this.text = text;
  }

  /** Whether it is longer than `limit` bytes in UTF-8. Its length in characters mostly tells. */
  exceeds(limit: number): boolean {
    if (this.text.length > limit) return true;
    if (this.text.length * 3 <= limit) return false;
    return (this.#byteLength ??= byteLength(this.text)) > limit;
  }
}
