import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Batch } from "../hub/transport.ts";
import { type Item, textFrameHead } from "../protocol/item.ts";

/** From this size on, in bytes, an item is written by itself: joining it with others would cost more than it saves. */
const LARGE_ITEM = 16 * 1024;

const encoder = new TextEncoder();

/**
 * Writes batches to sockets. What goes to many is joined once: in a turn of the event loop, all who listen to a
 * broadcast mostly get the same items.
 */
export class BatchWriter {
  #items: readonly Item[] = [];
  #asLines = false;
  #body: Uint8Array[] = [];
  #bodyLength = 0;

  /** `done` is called when the batch has left. */
  write(socket: Socket, { items, header }: Batch, done?: (error?: Error | null) => void): void {
    this.#join(items, header !== undefined);
    const chunks = header === undefined ? this.#body : this.#framed(encoder.encode(header));
    if (chunks.length > 1) socket.cork();
    for (const [index, chunk] of chunks.entries()) socket.write(chunk, index === chunks.length - 1 ? done : undefined);
    if (chunks.length > 1) socket.uncork();
  }

  /** The items as one frame, the header its first line. */
  #framed(header: Uint8Array): Uint8Array[] {
    const head = textFrameHead(header.length + this.#bodyLength);
    const [first] = this.#body;
    if (first === undefined) return [Buffer.concat([head, header])];
    if (first.length < LARGE_ITEM) return [Buffer.concat([head, header, first]), ...this.#body.slice(1)];
    return [Buffer.concat([head, header]), ...this.#body];
  }

  #join(items: readonly Item[], asLines: boolean): void {
    if (asLines === this.#asLines && isSame(items, this.#items)) return;
    this.#items = items;
    this.#asLines = asLines;
    this.#body = [];
    this.#bodyLength = 0;
    let small: Uint8Array[] = [];
    const joinSmall = () => {
      if (small.length > 0) this.#body.push(small.length === 1 ? small[0]! : Buffer.concat(small));
      small = [];
    };
    for (const item of items) {
      const bytes = asLines ? item.line : item.frame;
      this.#bodyLength += bytes.length;
      if (bytes.length < LARGE_ITEM) {
        small.push(bytes);
        continue;
      }
      joinSmall();
      this.#body.push(bytes);
    }
    joinSmall();
  }
}

function isSame(some: readonly Item[], others: readonly Item[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return true;
}
