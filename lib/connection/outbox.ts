import { CrossCommError } from "../protocol/errors.ts";
import type { Receipt } from "../protocol/receipt.ts";
import { failureOf, type Range, type ReceiptReport } from "../protocol/receipts.ts";
import { Deadlines } from "./deadlines.ts";

/** How much of what it has not receipted the hub may have, in messages and in characters. */
interface OutboxLimits {
  messages: number;
  characters: number;
}

/** A message on its way. */
export interface Outgoing {
  readonly msgId: string;
  readonly envelope: string;
  /** Whether the hub may have it: it can then arrive, whatever its sender is told. */
  handed: boolean;
  /** Whether a session was lost in which the hub may have had it. */
  sentBefore: boolean;
  /** Its number in the session, once it has one. */
  number: number;
  /** Whether nobody waits for its receipt any more. */
  settled: boolean;
  /** When there is to be a receipt, by `performance.now()`, and how many seconds that was from the beginning. */
  readonly deadline: number;
  readonly timeout: number;
  resolve(receipt: Receipt): void;
  reject(error: CrossCommError): void;
}

/** The messages that have no receipt yet, in the order in which they were sent. */
export class Outbox {
  readonly #limits: OutboxLimits;
  /** Those that wait to be handed to the hub, from `#next` on. What is settled by then is passed over. */
  #waiting: Outgoing[] = [];
  #next = 0;
  /** Those that have been handed over, by their numbers in the session. */
  #handed = new Map<number, Outgoing>();
  #handedCharacters = 0;
  #unsettled = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  readonly #deadlines = new Deadlines((now) => this.#expire(now));

  constructor(limits: OutboxLimits = { messages: 10_000, characters: 64 * 1024 * 1024 }) {
    this.#limits = limits;
  }

  /** Takes a message; resolves to its receipt. `timeout` is in seconds. */
  add(msgId: string, envelope: string, timeout: number, signal?: AbortSignal): Promise<Receipt> {
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    const deadline = performance.now() + timeout * 1000;
    const outgoing = {
      msgId,
      envelope,
      handed: false,
      sentBefore: false,
      number: 0,
      settled: false,
      deadline,
      timeout,
      resolve,
      reject,
    };
    this.#waiting.push(outgoing);
    this.#unsettled++;
    this.#deadlines.add(deadline);
    if (signal === undefined) return promise;
    const abort = () => this.settle(outgoing, givenUp(outgoing, signal));
    signal.addEventListener("abort", abort);
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** The next message to hand to the hub; `undefined` where there is none, or where the hub has enough for now. */
  peek(): Outgoing | undefined {
    while (this.#waiting[this.#next]?.settled) this.#next++;
    const outgoing = this.#waiting[this.#next];
    if (this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next); // now and then, so that what was handed over is let go
      this.#next = 0;
    }
    if (outgoing === undefined || this.#handed.size === 0) return outgoing;
    const { messages, characters } = this.#limits;
    const fits = this.#handed.size < messages && this.#handedCharacters + outgoing.envelope.length <= characters;
    return fits ? outgoing : undefined;
  }

  /** The message that was peeked at is handed over, to be receipted under this number where it has one. */
  take(outgoing: Outgoing, number = 0): void {
    this.#next++;
    outgoing.handed = true;
    outgoing.number = number;
    if (number === 0) return;
    this.#handed.set(number, outgoing);
    this.#handedCharacters += outgoing.envelope.length;
  }

  /** The numbers have lost their meaning: what has no receipt waits again, before all else. */
  takeBack(): void {
    this.#waiting = [...this.#handed.values(), ...this.#waiting.slice(this.#next)];
    this.#next = 0;
    this.#handed = new Map();
    this.#handedCharacters = 0;
    for (const outgoing of this.#waiting) {
      outgoing.number = 0;
      outgoing.sentBefore = outgoing.handed;
    }
  }

  /** Settles what the hub gives receipts for. */
  receipts({ delivered = [], sent = [], stored = [], reached = [], failed = [] }: ReceiptReport): void {
    this.#settleRanges(delivered, "delivered");
    this.#settleRanges(sent, "sent");
    this.#settleRanges(stored, "stored");
    for (const [number, recipients] of reached) this.#settleNumber(number, { status: "sent", recipients });
    for (const [number, code, reason] of failed) {
      const outgoing = this.#handed.get(number);
      if (outgoing !== undefined) this.settle(outgoing, failureOf(code, reason, outgoing.sentBefore));
    }
  }

  /** Tells the sender of a message what became of it. */
  settle(outgoing: Outgoing, outcome: Receipt | CrossCommError): void {
    if (outgoing.settled) return;
    outgoing.settled = true;
    if (this.#handed.delete(outgoing.number)) this.#handedCharacters -= outgoing.envelope.length;
    if (outcome instanceof CrossCommError) outgoing.reject(outcome);
    else outgoing.resolve(outcome);
    if (--this.#unsettled > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Resolves when every sender has been told. */
  get idle(): Promise<void> {
    if (this.#unsettled === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Rejects all that is left. */
  end(why: string, cause?: CrossCommError): void {
    for (const outgoing of this.#unreceipted()) {
      this.settle(
        outgoing,
        outgoing.handed
          ? new CrossCommError("CONNECTION_LOST", `${why} before there was a receipt: the message may have arrived`, {
            cause,
          })
          : new CrossCommError("NOT_CONNECTED", `${why} before the message could be sent`, { cause }),
      );
    }
    this.#deadlines.end();
  }

  #settleRanges(ranges: Range[], status: Receipt["status"]): void {
    for (const [first, last] of ranges) {
      if (last - first < this.#handed.size) {
        for (let number = first; number <= last; number++) this.#settleNumber(number, { status });
      } else {
        for (const number of [...this.#handed.keys()]) {
          if (number >= first && number <= last) this.#settleNumber(number, { status });
        }
      }
    }
  }

  #settleNumber(number: number, outcome: Omit<Receipt, "msgId">): void {
    const outgoing = this.#handed.get(number);
    if (outgoing !== undefined) this.settle(outgoing, { msgId: outgoing.msgId, ...outcome });
  }

  #unreceipted(): Outgoing[] {
    return [...this.#handed.values(), ...this.#waiting.slice(this.#next)].filter(({ settled }) => !settled);
  }

  #expire(now: number): number {
    let next = Infinity;
    for (const outgoing of this.#unreceipted()) {
      if (outgoing.deadline > now) next = Math.min(next, outgoing.deadline);
      else this.settle(outgoing, late(outgoing));
    }
    this.#waiting = this.#waiting.slice(this.#next).filter(({ settled }) => !settled);
    this.#next = 0;
    return next;
  }
}

function late({ handed, timeout }: Outgoing): CrossCommError {
  const why = handed
    ? `the hub has given no receipt for this message within ${timeout} s: it may still arrive`
    : `this message could not be handed to the hub within ${timeout} s, and was taken back: it does not arrive`;
  return new CrossCommError("TIMEOUT", why);
}

function givenUp({ handed }: Outgoing, { reason }: AbortSignal): CrossCommError {
  const why = handed
    ? "this message was given up before there was a receipt: it may still arrive"
    : "this message was not sent: it was given up before the hub had it";
  return new CrossCommError("ABORTED", why, { cause: reason });
}
