import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Batch } from "../hub/transport.ts";
import { type Item, LINE_FEED, textFrameHead } from "../protocol/item.ts";

/** From this size on, in bytes, an item is written by itself: joining it with others would cost more than it saves. */
const LARGE_ITEM = 16 * 1024;
/** Up to this size, in bytes, what goes to many is copied for each: two buffers would cost more to write. */
const SMALL_BODY = 2 * 1024;
/** Up to this size, in bytes, a frame that goes to more than one is joined. */
const MEDIUM_BODY = 256 * 1024;

/**
 * Writes batches to sockets. What goes to many is joined once: in a turn of the event loop, all who listen to a
 * broadcast mostly get the same items.
 */
export class BatchWriter {
  #items: readonly Item[] = [];
  #asLines = false;
  #body: Uint8Array[] = [];
  #bodyLength = 0;
  /** The last frame of lines, and its header. */
  #frame: Uint8Array[] = [];
  #header: string | undefined;

  /** `done` is called when the batch has left. */
  write(socket: Socket, { items, header }: Batch, done?: (error?: Error | null) => void): void {
    this.#join(items, header !== undefined);
    const chunks = header === undefined ? this.#body : this.#framed(header);
    const last = chunks.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index++) socket.write(chunks[index]!);
    socket.write(chunks[last]!, done);
    if (last > 0) socket.uncork();
  }

  /** The items as one frame, the header its first line. Mostly that has no number, and is the same for all. */
  #framed(header: string): Uint8Array[] {
    if (header !== this.#header) {
      this.#header = header;
      const line = Buffer.from(header);
      const start = [textFrameHead(line.length + this.#bodyLength), line];
      this.#frame = this.#bodyLength <= SMALL_BODY
        ? [Buffer.concat([...start, ...this.#body])]
        : [Buffer.concat(start), ...this.#body];
    } else if (this.#frame.length > 1 && this.#bodyLength <= MEDIUM_BODY) {
      this.#frame = [Buffer.concat(this.#frame)];
    }
    return this.#frame;
  }

  #join(items: readonly Item[], asLines: boolean): void {
    if (asLines === this.#asLines && isSame(items, this.#items)) return;
    this.#items = items;
    this.#asLines = asLines;
    this.#body = [];
    this.#bodyLength = 0;
    this.#header = undefined;
    let small: Uint8Array[] = [];
    const joinSmall = () => {
      if (small.length > 0) this.#body.push(Buffer.concat(small));
      small = [];
    };
    for (const item of items) {
      if (item.length < LARGE_ITEM) {
        const payload = asLines ? item.line : item.bytes;
        const head = asLines ? LINE_FEED : textFrameHead(payload.length);
        this.#bodyLength += head.length + payload.length;
        small.push(head, payload);
      } else {
        joinSmall();
        const whole = asLines ? item.wholeLine : item.wholeFrame;
        this.#bodyLength += whole.length;
        this.#body.push(whole);
      }
    }
    joinSmall();
  }
}

function isSame(some: readonly Item[], others: readonly Item[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return true;
}
