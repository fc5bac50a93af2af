/** How many messages are remembered at least, and half of how many at most. */
const REMEMBERED = 10_000;

/** The messages of late: what comes a second time is known. */
export class RecentIds {
  #latest = new Set<string>();
  #before = new Set<string>();

  /** Remembers a message. False where it was known. */
  add(fromClientId: string, msgId: string): boolean {
    const key = `${fromClientId}\n${msgId}`; // a text of its own: a part of a frame would keep the whole frame
    if (this.#latest.has(key) || this.#before.has(key)) return false;
    if (this.#latest.size >= REMEMBERED) {
      this.#before = this.#latest;
      this.#latest = new Set();
    }
    this.#latest.add(key);
    return true;
  }
}
