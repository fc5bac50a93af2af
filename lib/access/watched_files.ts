/** How often a look is taken, in ms. */
const LOOK_MS = 1_000;

/**
 * Notices that files have changed, were made or were removed. It looks instead of being told: systems tell nothing of
 * shared folders, nor of what lies behind links, as certificates do that are renewed.
 */
export class WatchedFiles implements Disposable {
  readonly #paths: readonly string[];
  #seen: string | undefined;
  /** Why what was seen could not be read. */
  #fault: string | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(...paths: string[]) {
    this.#paths = paths;
  }

  /**
   * Has what changed since the last call be read; the first call takes everything for changed. What cannot be read is
   * tried again at the next call, and complained of once: it may be for want of open files, or of a right to read.
   */
  readChanges(read: () => void, complain: (error: unknown) => void): void {
    const now = this.#look();
    const isChanged = now !== this.#seen;
    if (!isChanged && this.#fault === undefined) return;
    this.#seen = now;
    try {
      read();
      this.#fault = undefined;
    } catch (error) {
      const isKnown = !isChanged && String(error) === this.#fault;
      this.#fault = String(error);
      if (!isKnown) complain(error);
    }
  }

  /** Calls back once a second until disposed of. */
  every(look: () => void): void {
    this.#timer = setInterval(look, LOOK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): string {
    return this.#paths.map((path) => {
      try {
        const { mtime, size, ino } = Deno.statSync(path);
        return `${mtime?.getTime()} ${size} ${ino}`;
      } catch (error) {
        return (error as Error).name;
      }
    }).join("\n");
  }
}
