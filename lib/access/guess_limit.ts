/** How many logins of an address may fail in how many ms, and for how long it is blocked then. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
const BLOCKED_MS = 60_000;
/** How many addresses are remembered: the latest. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  /** When the window ends that they are counted in, or the block. */
  until: number;
}

/**
 * Counts failed logins by address. A token of 256 random bits is not guessed: what this protects is the hub's time and
 * its log. So it is asked after a login failed, and one behind the same address that has a right token is let in.
 */
export class GuessLimit {
  readonly #addresses = new Map<string, Failures>();
  readonly #now: () => number;

  /** `now` is a clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A login from there failed. */
  failed(address: string): void {
    const now = this.#now();
    let failures = this.#addresses.get(address);
    if (failures === undefined || failures.until <= now) failures = { count: 0, until: now + WINDOW_MS };
    else if (failures.count >= MAX_FAILURES) return;
    failures.count++;
    if (failures.count === MAX_FAILURES) failures.until = now + BLOCKED_MS;
    this.#addresses.delete(address); // so that it stands at the end
    this.#addresses.set(address, failures);
    if (this.#addresses.size <= MAX_ADDRESSES) return;
    for (const oldest of this.#addresses.keys()) {
      this.#addresses.delete(oldest);
      return;
    }
  }

  /** Whether too many logins from there have failed. */
  isBlocked(address: string): boolean {
    const failures = this.#addresses.get(address);
    return failures !== undefined && failures.count >= MAX_FAILURES && failures.until > this.#now();
  }
}
