import type { ResumableSession } from "./resumable_session.ts";

/** The sessions whose clients may still come back: one timer, however many there are. */
export class ResumeWindow {
  readonly #seconds: number;
  readonly #onOver: (session: ResumableSession) => void;
  /** Until when each may be resumed, by the clock of `performance.now`: the first one's time is over first. */
  readonly #deadlines = new Map<ResumableSession, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onOver` is called with each session whose client has not come back for `seconds`. */
  constructor(seconds: number, onOver: (session: ResumableSession) => void) {
    this.#seconds = seconds;
    this.#onOver = onOver;
  }

  add(session: ResumableSession): void {
    this.#deadlines.set(session, performance.now() + this.#seconds * 1000);
    this.#wait();
  }

  remove(session: ResumableSession): void {
    this.#deadlines.delete(session);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#deadlines.clear();
  }

  #wait(): void {
    const [first] = this.#deadlines.values();
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#sweep(), Math.max(first - performance.now(), 0));
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [session, deadline] of this.#deadlines) {
      if (deadline > now) break;
      this.#deadlines.delete(session);
      this.#onOver(session);
    }
    this.#wait();
  }
}
