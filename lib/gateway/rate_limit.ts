/** How much may come at once, in seconds' worth of the rate. */
const BURST_SECONDS = 1;
/** The longest pause, in ms: signs of life are not read during one either. */
const MAX_PAUSE_MS = 10_000;
/** A pause so long after the one before, in ms, is another matter, and worth another line in the log. */
const EPISODE_MS = 60_000;

/** What a rate limit steers. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** A first pause in a while. */
  onEpisode(): void;
}

/**
 * Holds back a peer that sends more than its share: a token bucket for messages and one for bytes. Nothing of what it
 * sends is lost: it is read later, and the peer waits.
 */
export class RateLimit implements Disposable {
  readonly #messages: Bucket;
  readonly #bytes: Bucket;
  readonly #flow: Flow;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pausedAt = -Infinity;

  /** The rates are a second's. */
  constructor(messageRate: number, byteRate: number, flow: Flow) {
    this.#messages = new Bucket(messageRate);
    this.#bytes = new Bucket(byteRate);
    this.#flow = flow;
  }

  /** So much was read. */
  took(messages: number, bytes: number): void {
    const wait = Math.max(this.#messages.take(messages), this.#bytes.take(bytes));
    if (wait > 0 && this.#timer === undefined) this.#pause(wait);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #pause(wait: number): void {
    const now = performance.now();
    this.#flow.pause();
    if (now - this.#pausedAt > EPISODE_MS) this.#flow.onEpisode();
    this.#pausedAt = now;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flow.resume();
    }, Math.min(wait, MAX_PAUSE_MS));
  }
}

class Bucket {
  readonly #rate: number;
  #level: number;
  #filledAt = performance.now();

  constructor(rate: number) {
    this.#rate = rate;
    this.#level = rate * BURST_SECONDS;
  }

  /** Takes an amount, which may leave the bucket below empty, and tells in how many ms it is not any more. */
  take(amount: number): number {
    this.#level -= amount;
    if (this.#level >= 0) return 0; // the clock is asked only when it matters
    const now = performance.now();
    this.#level = Math.min(this.#rate * BURST_SECONDS, this.#level + (now - this.#filledAt) / 1000 * this.#rate);
    this.#filledAt = now;
    return this.#level >= 0 ? 0 : -this.#level / this.#rate * 1000;
  }
}
