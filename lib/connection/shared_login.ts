import { within } from "./patience.ts";

/** A login that is under way, for as long as somebody waits for it. */
export class SharedLogin {
  readonly #abort = new AbortController();
  readonly #result: Promise<void>;
  #waiting = 0;
  /** Resolves when it has ended, well or not. */
  readonly settled: Promise<void>;

  /** `attempt` makes it; its signal fires, with the last one's error as the reason, when nobody waits any more. */
  constructor(attempt: (signal: AbortSignal) => Promise<void>) {
    this.#result = attempt(this.#abort.signal);
    this.settled = this.#result.catch(() => {});
  }

  /** Whether nobody waits for it any more, so that it ends. */
  get isGivenUp(): boolean {
    return this.#abort.signal.aborted;
  }

  /**
   * Waits for it, for no longer than `seconds`.
   *
   * @throws {CrossCommError} What it fails with, `TIMEOUT`, which says `why`, or `ABORTED` where `signal` fired.
   */
  async join(seconds: number, why: string, signal: AbortSignal | undefined): Promise<void> {
    this.#waiting++;
    try {
      await within(this.#result, seconds, why, signal);
    } catch (error) {
      if (this.#waiting > 1) throw error;
      this.#abort.abort(error);
      await this.#result.catch(() => {
        throw error;
      });
    } finally {
      this.#waiting--;
    }
  }
}
