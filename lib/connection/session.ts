import { CrossCommError } from "../protocol/errors.ts";
import type { Resume } from "../protocol/login_offer.ts";

/** What a client and its hub have told each other in version 2, by numbers. Outlives the sockets that carried it. */
export class Session {
  /** The secret name that the hub gave it. */
  readonly id: string;
  /** The number of the last item that we have of the hub's. */
  received = 0;
  /** Our items that the hub has not acknowledged. */
  readonly #kept = new Map<number, string>();
  /** The number of the last item that we numbered, and of the last one on the socket of now. */
  #last = 0;
  #written = 0;
  #acknowledged = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** What to offer the hub at the next login. */
  get resume(): Resume {
    return { session: this.id, received: this.received };
  }

  /** Gives an item of ours its number. */
  add(text: string): number {
    this.#kept.set(++this.#last, text);
    return this.#last;
  }

  /** The number of the next item that {@linkcode Session.take} gives. */
  get next(): number {
    return this.#written + 1;
  }

  /** The next item for the socket; `undefined` where all of them are on it. */
  peek(): string | undefined {
    return this.#kept.get(this.#written + 1);
  }

  /** Counts the item that was peeked at as written. */
  advance(): void {
    this.#written++;
  }

  /**
   * The hub has our items up to this number.
   *
   * @throws {CrossCommError} `WRONG_PROTOCOL` where we never sent that many.
   */
  acknowledge(number: number): void {
    if (number > this.#written) throw breach(`it acknowledges item ${number}, and was sent ${this.#written}`);
    while (this.#acknowledged < number) this.#kept.delete(++this.#acknowledged);
  }

  /**
   * Goes on over another socket, with a hub that has our items up to this number.
   *
   * @throws {CrossCommError} `WRONG_PROTOCOL` where that cannot be.
   */
  goOn(hubReceived: number): void {
    if (hubReceived < this.#acknowledged) throw breach(`it has forgotten items that it had acknowledged`);
    this.acknowledge(hubReceived);
    this.#written = hubReceived;
  }
}

/** The hub does not keep to the protocol. */
export function breach(what: string, cause?: unknown): CrossCommError {
  return new CrossCommError("WRONG_PROTOCOL", `the hub does not keep to the protocol: ${what}`, { cause });
}
