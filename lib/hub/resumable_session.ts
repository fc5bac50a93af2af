import { writeEnvelope } from "../protocol/envelope.ts";
import { makeMessageId, SERVER_ID } from "../protocol/ids.ts";
import { Item } from "../protocol/item.ts";
import { writeHeader } from "../protocol/lines.ts";
import type { SessionGrant } from "../protocol/login.ts";
import { ControlType } from "../protocol/message_types.ts";
import { encodePresence, type PresenceChange } from "../protocol/presence.ts";
import { encodeReceipts } from "../protocol/receipts.ts";
import type { LazyAcks } from "./lazy_acks.ts";
import { missedBy, type Outcome, Parcel, type Sender } from "./parcel.ts";
import { PendingPresence } from "./pending_presence.ts";
import { PendingReceipts } from "./pending_receipts.ts";
import { type Carrier, Session, type SessionParts } from "./session.ts";
import type { Batch } from "./transport.ts";

/** What a frame takes besides its items, in bytes. */
const HEADER_ROOM = 128;
/** What an envelope takes besides its content, in bytes. */
const ENVELOPE_ROOM = 4096;
/** From how many items on that have come in a client is told at once that they are here. */
const ACK_ITEMS = 256;
/** How many receipts may wait for a client that does not read. */
const MAX_RECEIPTS = 100_000;
/** How many clients that have come or gone a client that does not read may have to be told of: twice those that are known. */
const MAX_PRESENCE = 200_000;
/** While as much is on its way, in characters, a client is not told more of who comes and goes, but the latest later. */
const PRESENCE_LENGTH = 256 * 1024;
/** What one item tells of that at most, in bytes. */
const PRESENCE_BYTES = 256 * 1024;

/** A session in version 2 of the protocol: items are numbered and acknowledged, and it outlives its connection. */
export class ResumableSession extends Session implements Sender {
  /** The number of the last item that has come from the client. */
  received = 0;
  readonly #secret = crypto.randomUUID();
  readonly #receipts = new PendingReceipts();
  #presence: PendingPresence | undefined;
  /** What it costs to hold the receipts, and who has come and gone, until the client can be told. */
  #pendingCost = 0;
  #isClosed = false;
  readonly #lazyAcks: LazyAcks;
  /** The number of the last item of the client's that it has been told of. */
  #acknowledged = 0;
  #mustAcknowledge = false;
  /** Whether its client has been told a number on this connection, from which it counts on. */
  #isNumbered = false;
  #isAttached = true;

  constructor(parts: SessionParts, lazyAcks: LazyAcks) {
    super({ ...parts, frameLimit: parts.frameLimit - HEADER_ROOM });
    this.#lazyAcks = lazyAcks;
  }

  override get isReachable(): boolean {
    return true;
  }

  override get hearsOfLosses(): boolean {
    return true;
  }

  override get load(): number {
    return super.load + this.#pendingCost;
  }

  override close(): ReturnType<Session["close"]> {
    this.#isClosed = true;
    this.holdings.change(-this.#pendingCost);
    this.#pendingCost = 0;
    return super.close();
  }

  /** Whether it has a connection. */
  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** What the client is told of it at its login. */
  grant(resumed: boolean): SessionGrant {
    return { id: this.#secret, resumed, received: this.received };
  }

  /** Its connection has ended. */
  detach(): void {
    this.#isAttached = false;
  }

  /** Whether it can go on with a client that shows this secret, and has items up to this number. */
  canResume(secret: string, received: number): boolean {
    return secret === this.#secret && received >= this.outgoing.settled && received <= this.outgoing.taken;
  }

  /** Goes on over another connection, with a client that has items up to this number. */
  resume(received: number, carrier: Carrier): void {
    const earlier = this.carrier;
    this.move(carrier);
    if (this.#isAttached) earlier.end(4101, "replaced by another connection of the same client");
    this.#isAttached = true;
    this.#isNumbered = false;
    this.acknowledge(received);
    this.outgoing.rewind();
    this.#acknowledged = this.received; // which the answer to the login tells
    carrier.transport.attach(this);
  }

  /** The client has items up to this number. False where there are not as many. */
  acknowledge(upTo: number): boolean {
    if (upTo > this.outgoing.taken) return false;
    if (upTo > this.outgoing.settled) this.arrived(upTo, "delivered");
    if (this.#presence !== undefined && this.#presence.count > 0) this.wake(); // there may be room for it now
    return true;
  }

  /** Has the client know soon, or at once, which of its items are here. */
  acknowledgeBack(atOnce: boolean): void {
    if (atOnce) this.#mustAcknowledge = true;
    if (atOnce || this.received - this.#acknowledged >= ACK_ITEMS) this.wake();
    else if (this.received > this.#acknowledged) this.#lazyAcks.add(this);
  }

  pay(): void {
    if (this.received > this.#acknowledged) this.wake();
  }

  settle(number: number, outcome: Outcome): void {
    this.#receipts.add(number, outcome);
    this.#receiptsChanged();
  }

  reached(number: number, clients: number, missed: readonly string[], item: Item): void {
    if (missed.length > 0) this.carrier.complain(missedBy(item, missed));
    this.#receipts.addReached(number, clients);
    this.#receiptsChanged();
  }

  /** Has the client know that an item of its own was refused. */
  refuse(number: number, code: string, reason: string): void {
    this.#receipts.addFailed(number, code, reason);
    this.#receiptsChanged();
  }

  /** Has the client know who, itself included, has come online or gone offline. */
  sees(changes: readonly PresenceChange[]): void {
    this.#presence ??= new PendingPresence();
    for (const change of changes) this.#presence.add(change);
    this.#countPending();
    if (this.#presence.count > MAX_PRESENCE) this.carrier.end(4001, "who came and went before has not been read");
    else this.wake();
  }

  take(): Batch | undefined {
    const hasRoom = this.#pushReports();
    this.#countPending();
    if (!hasRoom) {
      this.carrier.end(4001, "the reports sent before have not been acknowledged");
      return undefined;
    }
    const seq = this.#isNumbered ? undefined : this.outgoing.taken + 1;
    const items = this.takeItems(this.frameLimit);
    const ack = this.received > this.#acknowledged || this.#mustAcknowledge ? this.received : undefined;
    if (items.length === 0 && ack === undefined) return undefined;
    this.#acknowledged = this.received;
    this.#mustAcknowledge = false;
    if (items.length === 0) return { items, header: writeHeader({ ack }) };
    this.#isNumbered = true;
    return { items, header: writeHeader({ seq, ack }) };
  }

  left(): void {} // the client itself tells what it has

  #countPending(): void {
    if (this.#isClosed) return;
    const cost = this.#receipts.cost + (this.#presence?.cost ?? 0);
    this.holdings.change(cost - this.#pendingCost);
    this.#pendingCost = cost;
  }

  #receiptsChanged(): void {
    this.#countPending();
    if (this.#receipts.count > MAX_RECEIPTS) this.carrier.end(4001, "the receipts sent before have not been read");
    else this.wake();
  }

  /** Puts what the client is to be told among what is to be sent. False where there is no room. */
  #pushReports(): boolean {
    const maxBytes = this.frameLimit - ENVELOPE_ROOM;
    while (this.#receipts.count > 0) {
      const report = encodeReceipts(this.#receipts.take(maxBytes));
      if (!this.#pushReport(ControlType.RECEIPT, report)) return false;
    }
    const presence = this.#presence;
    while (presence !== undefined && presence.count > 0 && this.outgoing.length < PRESENCE_LENGTH) {
      const report = encodePresence(presence.take(Math.min(maxBytes, PRESENCE_BYTES)));
      if (!this.#pushReport(ControlType.PRESENCE, report)) return false;
    }
    return true;
  }

  #pushReport(msgType: ControlType, contentJson: string): boolean {
    const msgId = makeMessageId(SERVER_ID);
    const [fromClientId, toClientId] = [SERVER_ID, this.client.id];
    return this.push(new Parcel(new Item(writeEnvelope({ msgId, fromClientId, toClientId, msgType, contentJson }))));
  }
}
