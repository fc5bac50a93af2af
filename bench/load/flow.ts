/**
 * One sender and those who receive what it sends. A window keeps the number of messages bounded that the slowest
 * receiver has not got yet: a hub without flow control would else buffer without end and look fast doing it.
 */

import { Burst } from "./envelope.ts";
import type { RawSocket } from "./raw_socket.ts";

export class Flow {
  /** Messages that arrived, counted at every receiver. */
  deliveries = 0;
  #sender: RawSocket;
  #receivers: number;
  #window: number;
  #burst: Burst;
  /** How many receivers have message number n, at n modulo the window. */
  #arrived: Uint32Array;
  #sent = 0;
  #complete = 0;
  #running = false;
  #writing = false;
  #onDrained: (() => void) | undefined;
  #onFailed: (error: Error) => void;

  constructor(
    options: {
      sender: RawSocket;
      receivers: RawSocket[];
      from: string;
      to: string;
      window: number;
      onFailed: (error: Error) => void;
    },
  ) {
    this.#sender = options.sender;
    this.#receivers = options.receivers.length;
    this.#window = options.window;
    this.#burst = new Burst(options.from, options.to, options.window);
    this.#arrived = new Uint32Array(options.window);
    this.#onFailed = options.onFailed;
    for (const receiver of options.receivers) {
      let next = 0;
      receiver.onTexts = (count) => {
        for (let i = 0; i < count; i++) this.#deliver(next++);
        this.#send();
      };
    }
  }

  start(): void {
    this.#running = true;
    this.#send();
  }

  /** Stops sending and waits until everybody has everything: a lost message fails the run. */
  async stop(): Promise<void> {
    this.#running = false;
    if (this.#sent === this.#complete) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onDrained = resolve;
    const timer = setTimeout(() => {
      this.#onFailed(new Error(`${this.#sent - this.#complete} of ${this.#sent} messages did not reach everybody`));
      resolve();
    }, 10_000);
    await promise;
    clearTimeout(timer);
  }

  #deliver(index: number): void {
    const slot = index % this.#window;
    this.deliveries++;
    if (++this.#arrived[slot]! < this.#receivers) return;
    this.#arrived[slot] = 0;
    this.#complete++;
    if (this.#complete === this.#sent) this.#onDrained?.();
  }

  #send(): void {
    if (!this.#running || this.#writing) return;
    const credits = this.#window - (this.#sent - this.#complete);
    if (credits === 0) return;
    this.#sent += credits;
    this.#writing = true;
    this.#sender.write(this.#burst.take(credits)).then(() => {
      this.#writing = false;
      this.#send();
    }, this.#onFailed);
  }
}
