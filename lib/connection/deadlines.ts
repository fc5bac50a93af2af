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
      this.add(this.#expire(performance.now()));
    }, deadline - performance.now());
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
