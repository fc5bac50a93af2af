/** What is pushed as an async iterator: what comes before it is asked for waits. */
export class PushStream<T> implements AsyncIterableIterator<T, undefined> {
  #waiting: T[] = [];
  /** How many of `#waiting` have been handed out: `Array.shift` would move all the others each time. */
  #taken = 0;
  readonly #asked: ((result: IteratorResult<T, undefined>) => void)[] = [];
  readonly #onEnd: () => void;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** How many wait to be asked for. */
  get waiting(): number {
    return this.#waiting.length - this.#taken;
  }

  /** Hands it on; what comes after the end goes nowhere. */
  push(value: T): void {
    if (this.#ended) return;
    const answer = this.#asked.shift();
    if (answer === undefined) this.#waiting.push(value);
    else answer({ done: false, value });
  }

  /** No more will come: who asks gets what waits, then the end. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    for (const answer of this.#asked.splice(0)) answer({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting = [];
    this.#taken = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): T | undefined {
    const value = this.#waiting[this.#taken++];
    if (this.#taken * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken); // now and then, so that what was handed out is let go
      this.#taken = 0;
    }
    return value;
  }
}
