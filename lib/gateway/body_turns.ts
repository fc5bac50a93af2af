import { setImmediate } from "node:timers";
import { SocketPoll } from "./socket_poll.ts";

/** Bodies take turns, a piece each. Between two pieces comes whatever else has arrived: a message waits for one at most. */
export class BodyTurns implements Disposable {
  readonly #waiting: (() => void)[] = [];
  #isRunning = false;
  #poll: SocketPoll | undefined;
  #isClosed = false;

  /** Calls back when a body has its turn. */
  wait(goOn: () => void): void {
    this.#waiting.push(goOn);
    if (!this.#isRunning) void this.#run();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#forgetPoll();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await this.#pollSockets();
      this.#waiting.shift()!();
    }
    this.#isRunning = false;
  }

  async #pollSockets(): Promise<void> {
    try {
      if (!this.#isClosed) this.#poll ??= await SocketPoll.open();
      if (this.#isClosed) this.#forgetPoll();
      if (this.#poll !== undefined) return await this.#poll.next();
    } catch {
      this.#forgetPoll();
    }
    await new Promise((resolve) => setImmediate(resolve)); // a turn of the event loop, if not one that asks the system
  }

  #forgetPoll(): void {
    this.#poll?.[Symbol.dispose]();
    this.#poll = undefined;
  }
}
