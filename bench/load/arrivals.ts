/** How long messages take, from the moment that they are written: what is late delays no other. */

import { setTimeout as sleep } from "node:timers/promises";
import type { RawSocket } from "./raw_socket.ts";

/** How long the last messages may take. */
const PATIENCE_MS = 10_000;

/** When messages to one client were written, and how many of them have arrived. */
interface Written {
  at: number[];
  arrived: number;
}

export class Arrivals {
  /** Milliseconds. */
  readonly times: number[] = [];
  #expected = 0;
  #written = new Map<string, Written>();

  /** Who is named here alone is looked at. */
  constructor(receivers: Iterable<RawSocket>) {
    for (const socket of receivers) {
      const written: Written = { at: [], arrived: 0 };
      this.#written.set(socket.clientId, written);
      socket.onMessages = (count) => {
        const now = performance.now();
        // Messages of several senders may overtake each other, which changes whose time is which, not the times' sum.
        for (let i = 0; i < count; i++) this.times.push(now - written.at[written.arrived++]!);
      };
    }
  }

  /** A message to that client is being written. */
  expect(clientId: string): void {
    this.#written.get(clientId)!.at.push(performance.now());
    this.#expected++;
  }

  /** A message to all is being written. */
  expectAll(): void {
    for (const clientId of this.#written.keys()) this.expect(clientId);
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
    for (const written of this.#written.values()) {
      written.at.splice(0, written.arrived);
      written.arrived = 0;
    }
  }
}

/** The value that such a share of them does not exceed. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
