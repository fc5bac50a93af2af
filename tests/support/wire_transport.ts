import { setImmediate } from "node:timers";
import type { Source, Transport } from "../../lib/hub/transport.ts";
import type { Item } from "../../lib/protocol/item.ts";
import { asLine } from "../../lib/protocol/lines.ts";

/** A connection without a network, a turn of the event loop behind the hub, as a socket is: whole frames come out. */
export class WireTransport implements Transport {
  readonly address = "wire";
  readonly bufferedAmount = 0;
  closed: { code: number; reason: string } | undefined;
  readonly #onFrame: (frame: string) => void;
  readonly #frames: string[] = [];
  #source: Source | undefined;
  #isDue = false;

  /** `onFrame` is called with each frame that the hub sends. */
  constructor(onFrame: (frame: string) => void) {
    this.#onFrame = onFrame;
  }

  send(item: Item): void {
    this.#frames.push(item.text);
    this.wake();
  }

  attach(source: Source): void {
    this.#source = source;
    this.wake();
  }

  wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#flush();
    });
  }

  close(code: number, reason: string): void {
    this.#flush();
    this.closed ??= { code, reason };
  }

  #flush(): void {
    if (this.closed !== undefined) return;
    for (const frame of this.#frames.splice(0)) this.#onFrame(frame);
    for (let batch = this.#source?.take(); batch !== undefined; batch = this.#source?.take()) {
      const { items, header } = batch;
      if (header === undefined) { for (const { text } of items) this.#onFrame(text); }
      else this.#onFrame([header, ...items.map(({ text }) => asLine(text))].join("\n"));
      this.#source!.left(items.length);
    }
  }
}
