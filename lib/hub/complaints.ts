/** The longest complaint, in characters. */
const MAX_LENGTH = 300;

/**
 * Says what is wrong with what one peer sends, at most once a second: a flood of rubbish must not become a flood
 * of log lines, for writing those costs everyone.
 */
export class Complaints {
  readonly #say: (complaint: string) => void;
  #silentUntil = 0;
  #unsaid = 0;

  constructor(say: (complaint: string) => void) {
    this.#say = say;
  }

  add(complaint: string): void {
    const now = performance.now();
    if (now < this.#silentUntil) {
      this.#unsaid++;
      return;
    }
    this.#silentUntil = now + 1000;
    const short = cut(complaint);
    this.#say(this.#unsaid === 0 ? short : `${short} (and ${this.#unsaid} more since the last line)`);
    this.#unsaid = 0;
  }

  /** Says how many complaints were held back since the last one. */
  flush(): void {
    if (this.#unsaid > 0) this.#say(`${this.#unsaid} more frames were rejected`);
    this.#unsaid = 0;
  }
}

/** A complaint quotes strangers: it must not be endless, nor write lines of its own into the log. */
function cut(complaint: string): string {
  const short = complaint.length > MAX_LENGTH ? `${complaint.slice(0, MAX_LENGTH)}…` : complaint;
  return short.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}
