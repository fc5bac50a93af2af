/** How often a look is taken, in ms. */
const LOOK_MS = 1_000;

/**
 * Notices that files have changed, were made or were removed. It looks instead of being told: systems tell nothing of
 * shared folders, nor of what lies behind links, as certificates do that are renewed.
 */
export class WatchedFiles implements Disposable {
  readonly #paths: readonly string[];
  #seen: string | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(...paths: string[]) {
    this.#paths = paths;
  }

  /** Whether something changed since the last call; the first one says yes. */
  changed(): boolean {
    const now = this.#look();
    const changed = now !== this.#seen;
    this.#seen = now;
    return changed;
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
