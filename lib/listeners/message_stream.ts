import type { AnyMessage } from "../protocol/message.ts";

type Result = IteratorResult<AnyMessage, undefined>;

/** Messages as an async iterator: what arrives before it is asked for waits. */
export class MessageStream implements AsyncIterableIterator<AnyMessage, undefined> {
  #waiting: AnyMessage[] = [];
  /** How many of `#waiting` have been handed out: `Array.shift` would move all the others each time. */
  #taken = 0;
  readonly #asked: ((result: Result) => void)[] = [];
  readonly #onEnd: () => void;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(message: AnyMessage): void {
    const answer = this.#asked.shift();
    if (answer === undefined) this.#waiting.push(message);
    else answer({ done: false, value: message });
  }

  /** No more will come: who asks gets what waits, then the end. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    for (const answer of this.#asked.splice(0)) answer({ done: true, value: undefined });
  }

  next(): Promise<Result> {
    const message = this.#take();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  return(): Promise<Result> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): AnyMessage | undefined {
    const message = this.#waiting[this.#taken++];
    if (this.#taken * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken); // now and then, so that what was handed out is let go
      this.#taken = 0;
    }
    return message;
  }
}
