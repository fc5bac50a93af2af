/** How long, in milliseconds, after what was due the next may be dealt with: to look at all for each would take too long. */
const GRAIN_MS = 50;

/** One timer for any number of deadlines, by `performance.now()`. */
export class Deadlines {
  readonly #expire: (now: number) => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;

  /** `expire` deals with what is due, and returns the earliest deadline that is left, or `Infinity`. */
  constructor(expire: (now: number) => number) {
    this.#expire = expire;
  }

  add(deadline: number): void {
    if (deadline >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = deadline;
    this.#timer = setTimeout(() => {
      this.#at = Infinity;
      const now = performance.now();
      this.add(Math.max(this.#expire(now), now + GRAIN_MS));
    }, Math.max(deadline - performance.now(), 0));
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
