/**
 * Senders, and those who receive what they send. A window keeps the number of messages bounded that the slowest
 * receiver has not got yet: a hub without flow control would else buffer without end and look fast doing it.
 */

import type { Burst } from "../framings/framing.ts";
import type { RawSocket } from "./raw_socket.ts";

/** Who sends what to whom: a client's id or `all`, and everyone who gets it. */
export interface Route {
  senders: string[];
  to: string;
  receivers: string[];
  /** Of each text. */
  bytes: number;
}

/** How many messages are on their way: enough that no hub waits for work, little enough that none piles it up. */
const MOST_IN_FLIGHT = 64;
const MOST_BYTES_IN_FLIGHT = 128 * 1024 * 1024;
/** How many of them one of several senders sends at once. */
const SHARE = 8;
/** How long nothing may reach everybody: what is lost fails the run. */
const PATIENCE_MS = 10_000;

interface Sender {
  socket: RawSocket;
  burst: Burst;
  isWriting: boolean;
}

export class Flow {
  /** Messages that arrived, counted at every receiver. */
  deliveries = 0;
  #senders: Sender[];
  #nextSender = 0;
  #receivers: number;
  #window: number;
  #share: number;
  /** How many receivers have message number n, at n modulo the window. */
  #arrived: Uint32Array;
  #sent = 0;
  #complete = 0;
  #running = false;
  #onComplete: (() => void) | undefined;
  #onFailed: (error: Error) => void;

  constructor(route: Route, sockets: Map<string, RawSocket>, onFailed: (error: Error) => void) {
    const { senders, receivers, to, bytes } = route;
    const affordable = Math.floor(MOST_BYTES_IN_FLIGHT / (bytes * receivers.length));
    const alone = Math.max(1, Math.min(MOST_IN_FLIGHT, affordable));
    this.#share = senders.length === 1 ? alone : Math.min(alone, SHARE);
    this.#window = senders.length === 1 ? alone : this.#share * senders.length;
    this.#receivers = receivers.length;
    this.#arrived = new Uint32Array(this.#window);
    this.#onFailed = onFailed;
    this.#senders = senders.map((id) => {
      const socket = sockets.get(id)!;
      return { socket, burst: socket.burst(to, bytes, this.#share), isWriting: false };
    });
    for (const id of receivers) {
      let next = 0;
      sockets.get(id)!.onMessages = (count) => {
        for (let i = 0; i < count; i++) this.#deliver(next++);
        this.#send();
      };
    }
  }

  start(): void {
    this.#running = true;
    this.#send();
  }

  /** Resolves when the next message has reached everybody. Where messages are few, it counts when that is. */
  async completion(): Promise<void> {
    const timer = setTimeout(() => {
      this.#onFailed(new Error(`${this.#sent - this.#complete} of ${this.#sent} messages did not reach everybody`));
    }, PATIENCE_MS);
    await new Promise<void>((resolve) => this.#onComplete = resolve);
    clearTimeout(timer);
  }

  /** Stops sending and waits until everybody has everything. */
  async stop(): Promise<void> {
    this.#running = false;
    while (this.#sent > this.#complete) await this.completion();
  }

  #deliver(index: number): void {
    const slot = index % this.#window;
    this.deliveries++;
    if (++this.#arrived[slot]! < this.#receivers) return;
    this.#arrived[slot] = 0;
    this.#complete++;
    this.#onComplete?.();
    this.#onComplete = undefined;
  }

  /** The senders take turns, each with its share. */
  #send(): void {
    for (let looked = 0; this.#running && looked < this.#senders.length; looked++) {
      const credits = this.#window - (this.#sent - this.#complete);
      if (credits === 0) return;
      const sender = this.#senders[this.#nextSender]!;
      this.#nextSender = (this.#nextSender + 1) % this.#senders.length;
      if (!sender.isWriting) this.#write(sender, Math.min(credits, this.#share));
    }
  }

  #write(sender: Sender, count: number): void {
    this.#sent += count;
    sender.isWriting = true;
    sender.socket.write(sender.burst.take(count)).then(() => {
      sender.isWriting = false;
      this.#send();
    }, this.#onFailed);
  }
}
