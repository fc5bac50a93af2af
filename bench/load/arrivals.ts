/** How long messages take, from the moment that they are written: what is late delays no other. */

import { setTimeout as sleep } from "node:timers/promises";
import type { RawSocket } from "./raw_socket.ts";

/** How long the last messages may take. */
const PATIENCE_MS = 10_000;

export class Arrivals {
  /** Milliseconds. */
  readonly times: number[] = [];
  #expected = 0;
  #waiting = new Map<string, number[]>();

  /** Who is named here alone is looked at. */
  constructor(receivers: Iterable<RawSocket>) {
    for (const socket of receivers) {
      const waiting: number[] = [];
      let next = 0;
      this.#waiting.set(socket.clientId, waiting);
      socket.onMessages = (count) => {
        const now = performance.now();
        // Messages of several senders may overtake each other, which changes whose time is which, not the times' sum.
        for (let i = 0; i < count; i++) this.times.push(now - waiting[next++]!);
      };
    }
  }

  /** A message to that client is being written. */
  expect(clientId: string): void {
    this.#waiting.get(clientId)!.push(performance.now());
    this.#expected++;
  }

  /** A message to all is being written. */
  expectAll(): void {
    for (const clientId of this.#waiting.keys()) this.expect(clientId);
  }

  /** Resolves when everything has arrived; a lost message fails the run. */
  async complete(): Promise<void> {
    for (const deadline = performance.now() + PATIENCE_MS; this.times.length < this.#expected; await sleep(10)) {
      if (performance.now() < deadline) continue;
      throw new Error(`${this.#expected - this.times.length} of ${this.#expected} messages did not arrive`);
    }
  }

  /** Forgets what has arrived. */
  clear(): void {
    this.#expected -= this.times.length;
    this.times.length = 0;
  }
}

/** The value that such a share of them does not exceed. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
