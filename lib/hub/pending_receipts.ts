import { ranges, type ReceiptReport } from "../protocol/receipts.ts";
import type { Failure, Outcome } from "./parcel.ts";

const reasons: Record<Failure, string> = {
  unknown_client: "the hub does not know this client",
  too_large: "the message is larger than this client accepts",
  mailbox_full: "this client is offline, and its mailbox is full, or your share of it or of all is",
  unconfirmed: "this client vanished while it was on its way, and the hub could not keep it: it may have arrived",
  not_stored: "this client is offline, and the hub cannot write to its disk",
};

/** The longest reason, in characters: it quotes strangers, who may be endless. */
const MAX_REASON = 200;
/** What one receipt takes at most, in bytes: all of its reason may have to be escaped. */
const ENTRY_BYTES = 6 * MAX_REASON + 100;

/** What it costs to hold a receipt, in characters, and one that has a reason. */
const COST = 16;
const FAILED_COST = 256;

/** Entries that are taken from the front. Those that are left move when they are the fewer, not each time. */
class Entries<T> {
  #entries: T[] = [];
  #taken = 0;

  get length(): number {
    return this.#entries.length - this.#taken;
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  take(most: number): T[] {
    const some = this.#entries.slice(this.#taken, this.#taken + most);
    this.#taken += some.length;
    if (this.#taken >= this.length) {
      this.#entries = this.#entries.slice(this.#taken);
      this.#taken = 0;
    }
    return some;
  }
}

/** What became of a client's messages, until it is told. */
export class PendingReceipts {
  readonly #delivered = new Entries<number>();
  readonly #sent = new Entries<number>();
  readonly #stored = new Entries<number>();
  readonly #reached = new Entries<[number, number]>();
  readonly #failed = new Entries<[number, string, string]>();
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** What it costs to hold them, in characters. */
  get cost(): number {
    return this.#count * COST + this.#failed.length * (FAILED_COST - COST);
  }

  add(number: number, outcome: Outcome): void {
    this.#count++;
    if (outcome === "delivered") this.#delivered.push(number);
    else if (outcome === "sent") this.#sent.push(number);
    else if (outcome === "stored") this.#stored.push(number);
    else this.#failed.push([number, outcome, reasons[outcome]]);
  }

  addReached(number: number, clients: number): void {
    this.#count++;
    this.#reached.push([number, clients]);
  }

  addFailed(number: number, code: string, reason: string): void {
    this.#count++;
    this.#failed.push([number, code, reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason]);
  }

  /** What fits into about so many bytes, at least one of them; they are told from then on. */
  take(maxBytes: number): ReceiptReport {
    let room = Math.max(1, Math.floor(maxBytes / ENTRY_BYTES));
    const some = <T>(entries: Entries<T>): T[] => {
      const taken = entries.take(room);
      room -= taken.length;
      this.#count -= taken.length;
      return taken;
    };
    const report: ReceiptReport = {};
    if (this.#delivered.length > 0) report.delivered = ranges(some(this.#delivered));
    if (this.#sent.length > 0) report.sent = ranges(some(this.#sent));
    if (this.#stored.length > 0) report.stored = ranges(some(this.#stored));
    if (this.#reached.length > 0) report.reached = some(this.#reached);
    if (this.#failed.length > 0) report.failed = some(this.#failed);
    return report;
  }
}
