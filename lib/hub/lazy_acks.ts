/** How long an acknowledgement waits for something to ride along with, in milliseconds. */
const WAIT_MS = 50;

/** Something that has acknowledgements to send. */
interface Debtor {
  /** Sends them now, if they are still due. */
  pay(): void;
}

/** Acknowledgements that nobody waits for, sent together after a while: one timer, however many clients there are. */
export class LazyAcks {
  #due = new Set<Debtor>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  add(debtor: Debtor): void {
    this.#due.add(debtor);
    this.#timer ??= setTimeout(() => this.#pay(), WAIT_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
  }

  #pay(): void {
    this.#timer = undefined;
    const due = this.#due;
    this.#due = new Set();
    for (const debtor of due) debtor.pay();
  }
}
