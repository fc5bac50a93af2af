/** How long, in milliseconds, nothing may be heard of the hub after a ping. */
const ANSWER_MS = 10_000;
/** How long, in milliseconds, after that time an answer may have come unseen, because this program stood still. */
const GRACE_MS = 200;
/** How often, in milliseconds, to look at the clock, at least, and how far it may jump before this machine has slept. */
const LOOK_MS = 2_000;
const JUMP_MS = 5_000;

/** What a pulse calls. */
export interface PulseActions {
  /** Lets the hub hear of us. */
  beat(): void;
  /** The hub has not answered. Left out where no beat is answered. */
  lost?(): void;
}

/** Lets the hub hear of us, and notices a hub that is gone without a word: by its silence, sooner after a sleep. */
export class Pulse {
  readonly #actions: PulseActions;
  readonly #answerMs: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether there was word from either side since the last beat was due. */
  #sent = false;
  #heard = false;
  #answered = true;

  constructor(intervalMs: number, actions: PulseActions, answerMs: number = ANSWER_MS) {
    this.#actions = actions;
    this.#answerMs = answerMs;
    const looksPerBeat = Math.ceil(intervalMs / LOOK_MS);
    const lookMs = intervalMs / looksPerBeat;
    let looks = 0;
    let looked = Date.now();
    this.#timer = setInterval(() => {
      const slept = Date.now() - looked > lookMs + JUMP_MS;
      looked = Date.now();
      if (++looks % looksPerBeat === 0 || slept) this.#due(slept);
    }, lookMs);
  }

  /** Something has been sent: the hub needs no beat. */
  sent(): void {
    this.#sent = true;
  }

  /** The hub has been heard of. */
  heard(): void {
    this.#heard = this.#answered = true;
  }

  end(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#answerTimer);
  }

  /** Lets the hub hear of us now. */
  beat(): void {
    this.#actions.beat();
    if (this.#actions.lost === undefined || !this.#answered) return;
    this.#answered = false;
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => {
      this.#answerTimer = setTimeout(() => { // what has come is read between the two
        if (!this.#answered) this.#actions.lost!();
      }, GRACE_MS);
    }, this.#answerMs);
  }

  #due(slept: boolean): void {
    const quiet = !this.#sent || !this.#heard;
    this.#sent = this.#heard = false;
    if (quiet || slept) this.beat();
  }
}
