import { Item } from "../protocol/item.ts";
import type { Letter, LetterHead, Mailbox } from "./mailbox.ts";
import type { Holdings } from "./holdings.ts";
import { Outgoing } from "./outgoing.ts";
import { isNoticeOfLoss } from "./notice_of_loss.ts";
import { Parcel } from "./parcel.ts";
import type { PeerLog } from "./peer_log.ts";
import type { Batch, Source, Transport } from "./transport.ts";

/** How much is taken for one turn of the event loop, in characters. */
const BATCH_LENGTH = 256 * 1024;
/** How much from the mailbox is on its way at a time, in characters. */
const FILL_LENGTH = 256 * 1024;

/** What the hub remembers of a client. Times are in seconds since 1970. */
export interface KnownClient {
  readonly id: string;
  lastSeen: number;
  /** `null` where it has not logged in since the hub started. */
  loginTime: number | null;
  /** Where it first came from since the hub started, as far as is known. */
  address?: string;
  /** Its id with the colon, as the clients file has it, once it has been written there. */
  yamlKey?: string;
}

/** The connection that a session is on. */
export interface Carrier {
  readonly transport: Transport;
  /** The log for what its other end causes. */
  readonly log: PeerLog;
  /** Closes it, and ends the session that is on it. */
  end(code: number, reason: string): void;
  /** Closes it. A session that can be resumed stays. */
  drop(code: number, reason: string): void;
  /** Takes note of something that has gone wrong. */
  complain(what: string): void;
}

/** What a session is made of. */
export interface SessionParts {
  readonly client: KnownClient;
  readonly carrier: Carrier;
  readonly mailbox: Mailbox;
  /** Where what is on its way to all clients is counted. */
  readonly holdings: Holdings;
  /** The largest frame that the client accepts, in bytes. */
  readonly frameLimit: number;
  /** How much may be on its way to the client, in characters. */
  readonly bufferLimit: number;
  /** Whose token it logged in with; `undefined` where the hub asks for none. */
  readonly subject?: string;
  /** Tells the sender of a letter that it is larger than the client accepts, and will be removed. */
  readonly tellOfLoss: (letter: Letter) => void;
}

/** A client that is logged in, and what is on its way to it. */
export abstract class Session implements Source {
  readonly client: KnownClient;
  readonly subject: string | undefined;
  readonly frameLimit: number;
  /** Whether it has been heard of within the heartbeat timeout. */
  online = true;
  /** When the client was last heard of, by the clock of `performance.now`, which no change of the time moves. */
  heardAt: number = performance.now();
  protected readonly outgoing: Outgoing;
  protected readonly mailbox: Mailbox;
  protected readonly holdings: Holdings;
  readonly #bufferLimit: number;
  readonly #tellOfLoss: (letter: Letter) => void;
  #carrier: Carrier;
  #lastLetter = 0;
  #hasBacklog = false;

  constructor(parts: SessionParts) {
    this.client = parts.client;
    this.subject = parts.subject;
    this.frameLimit = parts.frameLimit;
    this.mailbox = parts.mailbox;
    this.holdings = parts.holdings;
    this.outgoing = new Outgoing(parts.holdings);
    this.#bufferLimit = parts.bufferLimit;
    this.#tellOfLoss = parts.tellOfLoss;
    this.#carrier = parts.carrier;
  }

  /** The connection that it is on, or was on last. */
  get carrier(): Carrier {
    return this.#carrier;
  }

  /** Whether messages for the client are to be delivered here. */
  abstract get isReachable(): boolean;

  /** Whether something that has to come before new messages still lies in the mailbox. */
  get hasBacklog(): boolean {
    return this.#hasBacklog;
  }

  /** Whether the client knows what the hub tells of messages that are lost. */
  abstract get hearsOfLosses(): boolean;

  /** Whether a letter has been taken from the mailbox: it may be on its way. */
  hasTaken({ id }: LetterHead): boolean {
    return id <= this.#lastLetter;
  }

  /** What all that is on its way costs, in characters. */
  get load(): number {
    return this.outgoing.length;
  }

  /** Begins to send; what waits in the mailbox comes first. */
  begin(): void {
    this.#carrier.transport.attach(this);
    this.openMailbox();
  }

  /** Sends what has come into the mailbox. */
  openMailbox(): void {
    this.#hasBacklog = this.mailbox.has(this.client.id);
    this.#fill();
  }

  /** Goes on with what comes before new messages: more of it has got onto the disk, or has not. */
  goOnWithMailbox(): void {
    if (this.#hasBacklog) this.#fill();
  }

  /** Goes on over another connection. */
  protected move(carrier: Carrier): void {
    this.#carrier = carrier;
  }

  /** Takes a parcel for the client, unless it would end the connection or make the hub hold more than its bound. */
  deliver(parcel: Parcel): "too_large" | "too_slow" | undefined {
    if (parcel.item.exceeds(this.frameLimit)) return "too_large";
    if (!this.push(parcel)) return "too_slow";
    this.wake();
  }

  /** Takes a word of the hub's own. A client that does not read is not told more and more. */
  answer(item: Item): void {
    if (this.deliver(new Parcel(item)) === "too_slow") {
      this.carrier.end(4001, "the answers sent before have not been read");
    }
  }

  /** There is something to send. */
  protected wake(): void {
    this.#carrier.transport.wake();
  }

  /** Takes a parcel for the next turn. False where the hub would hold more than its bound. */
  protected push(parcel: Parcel): boolean {
    const { length } = this.outgoing;
    if (length > 0 && length + parcel.cost > this.#bufferLimit) return false;
    this.outgoing.push(parcel);
    return true;
  }

  abstract take(): Batch | undefined;
  abstract left(count: number): void;

  /**
   * Ends the sending, and returns the messages to this client alone that are in no mailbox and have not got there, as far
   * as is known: what was taken may have.
   */
  close(): Record<"taken" | "waiting", Parcel[]> {
    this.#hasBacklog = false;
    const { taken, waiting } = this.outgoing.clear();
    return { taken: taken.filter(isDirect), waiting: waiting.filter(isDirect) };
  }

  protected takeItems(limit: number): Item[] {
    return this.outgoing.take(Math.min(limit, BATCH_LENGTH));
  }

  /** Parcels up to this number have got to the client. */
  protected arrived(upTo: number, outcome: "delivered" | "sent"): void {
    const letters: number[] = [];
    this.outgoing.settle(upTo, ({ item, direct, letterId }) => {
      if (direct !== undefined) direct.sender.settle(direct.number, outcome, item);
      else if (letterId !== undefined) letters.push(letterId);
    });
    if (letters.length > 0) this.mailbox.remove(this.client.id, letters);
    if (this.#hasBacklog) this.#fill();
  }

  /** Takes from the mailbox what has room. */
  #fill(): void {
    while (this.#hasBacklog && this.outgoing.length < FILL_LENGTH) {
      const letters = this.mailbox.read(this.client.id, this.#lastLetter, FILL_LENGTH);
      this.#hasBacklog = letters.length > 0 || this.mailbox.isStoring(this.client.id);
      // Until some of what is on its way has got there, or onto the disk.
      if (letters.length === 0 || !this.#takeLetters(letters)) break;
    }
    this.wake();
  }

  #takeLetters(letters: readonly Letter[]): boolean {
    for (const letter of letters) {
      const item = new Item(letter.text);
      if (item.exceeds(this.frameLimit)) this.#discard(letter);
      else if (!this.hearsOfLosses && isNoticeOfLoss(letter, item)) this.mailbox.remove(this.client.id, [letter.id]);
      else if (!this.push(new Parcel(item, undefined, letter.id))) return false;
      this.#lastLetter = letter.id;
    }
    return true;
  }

  #discard(letter: Letter): void {
    const { id, clientId, fromClientId } = letter;
    this.#carrier.log.warn(
      "A message from {fromClientId} that waited for {clientId} is larger than it accepts: it is removed",
      {
        fromClientId,
        clientId,
      },
    );
    this.#tellOfLoss(letter);
    this.mailbox.remove(clientId, [id]);
  }
}

function isDirect({ direct }: Parcel): boolean {
  return direct !== undefined;
}
