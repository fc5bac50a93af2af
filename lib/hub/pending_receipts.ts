import { ranges, type ReceiptReport } from "../protocol/receipts.ts";
import type { Failure, Outcome } from "./parcel.ts";

const reasons: Record<Failure, string> = {
  unknown_client: "the hub has never seen this client",
  too_large: "the message is larger than this client accepts",
  mailbox_full: "this client is offline, and its mailbox is full, or your share of all mailboxes is",
  unconfirmed: "this client vanished while it was on its way, and the hub could not keep it: it may have arrived",
  not_stored: "this client is offline, and the hub cannot write to its disk",
};

/** The longest reason, in characters: it quotes strangers, who may be endless. */
const MAX_REASON = 200;
/** What one receipt takes at most, in bytes: all of its reason may have to be escaped. */
const ENTRY_BYTES = 6 * MAX_REASON + 100;

/** What became of a client's messages, until it is told. */
export class PendingReceipts {
  #delivered: number[] = [];
  #sent: number[] = [];
  #stored: number[] = [];
  #reached: [number, number][] = [];
  #failed: [number, string, string][] = [];
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
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
    const some = <T>(entries: T[]): T[] => {
      const taken = entries.splice(0, room);
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
