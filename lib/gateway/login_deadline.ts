/** What waits to log in. */
interface Stranger {
  /** Whether it has logged in. */
  readonly isIn: boolean;
  end(code: number, reason: string): void;
}

/** Ends connections that do not log in. One timer looks at all of them, the oldest first. */
export class LoginDeadline implements Disposable {
  readonly #seconds: number;
  readonly #waiting = new Map<Stranger, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#timer = setInterval(() => this.#sweep(), Math.min(1_000, seconds * 250));
  }

  /** A new connection. */
  add(connection: Stranger): void {
    this.#waiting.set(connection, performance.now() + this.#seconds * 1000);
  }

  /** A connection that has ended. */
  delete(connection: Stranger): void {
    this.#waiting.delete(connection);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const now = performance.now();
    for (const [connection, deadline] of this.#waiting) {
      if (deadline > now) return;
      this.#waiting.delete(connection);
      if (!connection.isIn) connection.end(4002, `no login within ${this.#seconds} s`);
    }
  }
}
