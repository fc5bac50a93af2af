import { setImmediate } from "node:timers";
import { SocketPoll } from "./socket_poll.ts";

/**
 * How many pieces of bodies pass between two looks for what else has arrived: looking takes as long as receiving a piece
 * does. While others talk, a message waits for one piece at most.
 */
const PIECES = { alone: 16, amongOthers: 1 } as const;
/** How long, in ms, others count as talking after a word of theirs. */
const TALK_MS = 100;
/** How often it is looked before a piece, at most, while others talk: their words hold up no body for ever. */
const MAX_LOOKS = 8;

/**
 * While others talk, bodies rest after so many pieces, for so long, in ms: they take what processors there are, and
 * whoever is to read a message on this machine, or to write to its disk, would wait for one.
 */
const REST = { after: 8, ms: 1 } as const;

/** Who waits for a turn. */
interface Waiter {
  wanted: number;
  goOn(pieces: number): void;
}

/** Bodies take turns, a few pieces each, and so do long messages. Between two turns comes whatever else has arrived. */
export class Turns implements Disposable {
  readonly #waiting: Waiter[] = [];
  #isRunning = false;
  /** How many pieces may pass before the next look. */
  #left = 0;
  #isHeard = false;
  #talkEnd = 0;
  /** How many pieces have passed among others since the last rest. */
  #sinceRest = 0;
  #wake: () => void = () => {};
  #poll: SocketPoll | undefined;
  #isClosed = false;

  /** Something has come that is no body. */
  heard(): void {
    this.#isHeard = true;
  }

  /** Calls back when whoever asks may go on, with how many pieces: at most so many as are wanted. */
  wait(wanted: number, goOn: (pieces: number) => void): void {
    if (this.#left > 0 && !this.#isRunning && !this.#othersTalk()) return this.#grant({ wanted, goOn });
    this.#waiting.push({ wanted, goOn });
    if (!this.#isRunning) void this.#run();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#forgetPoll();
    this.#wake();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await this.#look();
      const othersTalk = this.#othersTalk();
      if (othersTalk && this.#sinceRest >= REST.after) {
        await this.#rest();
        continue; // what has come meanwhile goes first
      }
      this.#left = othersTalk ? PIECES.amongOthers : PIECES.alone;
      if (othersTalk) this.#sinceRest += this.#left;
      while (this.#left > 0 && this.#waiting.length > 0) this.#grant(this.#waiting.shift()!);
    }
    this.#isRunning = false;
  }

  /** Gives one a share of the pieces that are left: as much as those who wait besides. */
  #grant({ wanted, goOn }: Waiter): void {
    const pieces = Math.min(wanted, Math.ceil(this.#left / (this.#waiting.length + 1)));
    this.#left -= pieces;
    goOn(pieces);
  }

  /** While others talk, until nothing has come: what arrives in one look may be handed on in the next. */
  async #look(): Promise<void> {
    await this.#pollSockets();
    for (let looks = 1; looks < MAX_LOOKS && this.#othersTalk(); looks++) {
      await this.#pollSockets();
      if (!this.#isHeard) return;
    }
  }

  async #rest(): Promise<void> {
    this.#sinceRest = 0;
    if (this.#isClosed) return;
    let timer;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, REST.ms);
    });
    clearTimeout(timer);
  }

  #othersTalk(): boolean {
    const now = performance.now();
    if (this.#isHeard) this.#talkEnd = now + TALK_MS;
    this.#isHeard = false;
    return now < this.#talkEnd;
  }

  async #pollSockets(): Promise<void> {
    try {
      if (!this.#isClosed) this.#poll ??= await SocketPoll.open();
      if (this.#isClosed) this.#forgetPoll();
      if (this.#poll !== undefined) return await this.#poll.next();
    } catch {
      this.#forgetPoll();
    }
    await new Promise((resolve) => setImmediate(resolve)); // a turn of the event loop, if not one that asks the system
  }

  #forgetPoll(): void {
    this.#poll?.[Symbol.dispose]();
    this.#poll = undefined;
  }
}
