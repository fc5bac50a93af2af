/** How long a test waits for something that has to come: generous, since nothing is learned from a slow machine. */
export const PATIENCE = 10_000;

interface Waiter<T> {
  matches: (item: T) => boolean;
  resolve: (item: T) => void;
  reject: (reason: Error) => void;
}

/** Keeps what arrives until somebody asks for it; whoever asks earlier waits. */
export class Inbox<T> {
  #items: T[] = [];
  #waiters = new Set<Waiter<T>>();
  #failure?: Error;

  push(item: T): void {
    for (const waiter of this.#waiters) {
      if (!waiter.matches(item)) continue;
      this.#waiters.delete(waiter); // at once: what comes in the same turn is for others
      return waiter.resolve(item);
    }
    this.#items.push(item);
  }

  /** Takes the first item that matches, as soon as there is one. */
  take(matches: (item: T) => boolean, timeout = PATIENCE): Promise<T> {
    const at = this.#items.findIndex(matches);
    if (at >= 0) return Promise.resolve(this.#items.splice(at, 1)[0]!);
    if (this.#failure) return Promise.reject(this.#failure);

    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiter: Waiter<T> = { matches, resolve, reject };
    this.#waiters.add(waiter);
    const timer = setTimeout(() => {
      const others = this.#items.map((item) => Deno.inspect(item, { strAbbreviateSize: 60 })).join("\n");
      reject(new Error(`Nothing of the kind came within ${timeout} ms; what came instead:\n${others || "nothing"}`));
    }, timeout);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    });
  }

  /** Waits for the item that matches and takes all that came before it too: proof of what did *not* arrive. */
  async takeUpTo(matches: (item: T) => boolean, timeout = PATIENCE): Promise<T[]> {
    const last = await this.take(matches, timeout);
    return [...this.#items.splice(0), last];
  }

  /** Nothing will come any more: everybody who waits, or asks later, gets `failure`. */
  end(failure: Error): void {
    this.#failure = failure;
    for (const waiter of this.#waiters) waiter.reject(failure);
  }
}
