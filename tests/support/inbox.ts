/** How long a test waits for what must come, in milliseconds: generous, for a slow machine is not a fault. */
export const PATIENCE = 20_000;

/** What has arrived, in order. `next` takes the first that fits, and waits for it where it has not come yet. */
export class Inbox<T> {
  #waiting: T[] = [];
  #end: Error | undefined;
  readonly #asked = new Set<() => void>();

  push(item: T): void {
    this.#waiting.push(item);
    this.#wake();
  }

  /** Nothing more will come: who waits, or asks later for what is not there, gets this error. */
  end(why: string): void {
    this.#end ??= new Error(why);
    this.#wake();
  }

  /** Takes the first item that fits. */
  async next(fits: (item: T) => boolean = () => true): Promise<T> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const index = this.#waiting.findIndex(fits);
      if (index >= 0) return this.#waiting.splice(index, 1)[0]!;
      const why = this.#end?.message ?? (performance.now() >= deadline ? "nothing of the kind came in time" : "");
      if (why !== "") throw new Error(`${why}; here is ${Deno.inspect(this.#waiting, { strAbbreviateSize: 100 })}`);
      await this.#change(deadline - performance.now());
    }
  }

  /** All that waits, in order, taken out: what came before something else that `next` has waited for. */
  drain(): T[] {
    return this.#waiting.splice(0);
  }

  #wake(): void {
    for (const wake of [...this.#asked]) wake();
  }

  async #change(within: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, within);
    this.#asked.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#asked.delete(resolve);
  }
}

/** The promise, but for no longer than a test waits. */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it did not come about in time that ${what}`)), PATIENCE);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves once `holds` does; for what announces itself to nobody. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await holds())) {
    if (performance.now() >= deadline) throw new Error(`it did not come about in time that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
