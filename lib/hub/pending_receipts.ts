import { ranges, type ReceiptReport } from "../protocol/receipts.ts";
import type { Failure, Outcome } from "./parcel.ts";

const reasons: Record<Failure, string> = {
  unknown_client: "the hub has never seen this client",
  too_large: "the message is larger than this client accepts",
  mailbox_full: "this client is offline, and its mailbox is full",
  not_stored: "this client is offline, and the hub cannot write to its disk",
};

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
    this.#failed.push([number, code, reason]);
  }

  /** All of them, which are told from then on. */
  take(): ReceiptReport {
    const report: ReceiptReport = {};
    if (this.#delivered.length > 0) report.delivered = ranges(this.#delivered);
    if (this.#sent.length > 0) report.sent = ranges(this.#sent);
    if (this.#stored.length > 0) report.stored = ranges(this.#stored);
    if (this.#reached.length > 0) report.reached = this.#reached;
    if (this.#failed.length > 0) report.failed = this.#failed;
    [this.#delivered, this.#sent, this.#stored, this.#reached, this.#failed] = [[], [], [], [], []];
    this.#count = 0;
    return report;
  }
}
