import { CrossCommError, type ErrorCode } from "./errors.ts";
import { asObject, member } from "./login.ts";

/** From the first number to the last, both included. */
export type Range = [first: number, last: number];

/** What the hub tells the sender of its messages, in items of the type `receipt`. Numbers are those of the sender's items. */
export interface ReceiptReport {
  /** The addressee's listeners have them. */
  delivered?: Range[];
  /** They are on the wire of an addressee that speaks version 1. */
  sent?: Range[];
  /** They are in the addressee's mailbox, on disk. */
  stored?: Range[];
  /** They went to all: to so many clients. */
  reached?: [number: number, clients: number][];
  /** They were not and will not be delivered. */
  failed?: [number: number, code: string, reason: string][];
}

/** The JSON text of the content of a receipt. */
export function encodeReceipts(report: ReceiptReport): string {
  return JSON.stringify(report);
}

/** Reads the content of a receipt. What makes no sense is left out. */
export function decodeReceipts(content: unknown): ReceiptReport {
  const report = asObject(content);
  return {
    delivered: entries(report, "delivered", isPair),
    sent: entries(report, "sent", isPair),
    stored: entries(report, "stored", isPair),
    reached: entries(report, "reached", isPair),
    failed: entries(report, "failed", isFailure),
  };
}

/** Ascending numbers as ranges: 1, 2, 3, 7 are `[[1, 3], [7, 7]]`. */
export function ranges(numbers: Iterable<number>): Range[] {
  const runs: Range[] = [];
  let run: Range | undefined;
  for (const number of numbers) {
    if (run !== undefined && number === run[1] + 1) run[1] = number;
    else runs.push(run = [number, number]);
  }
  return runs;
}

const errorCodes: ReadonlyMap<string, ErrorCode> = new Map([
  ["unknown_client", "UNKNOWN_CLIENT"],
  ["mailbox_full", "MAILBOX_FULL"],
  ["too_large", "MESSAGE_TOO_LARGE"],
  ["not_stored", "NOT_STORED"],
  ["invalid_frame", "INVALID_FRAME"],
]);

/**
 * What the sender of a message that failed gets. One that was sent before, in a session that was lost, may have arrived
 * then, whatever became of it now.
 */
export function failureOf(code: string, reason: string, wasSentBefore: boolean): CrossCommError {
  if (code === "unconfirmed") return new CrossCommError("UNCONFIRMED", `this message is unconfirmed: ${reason}`);
  if (!wasSentBefore) {
    return new CrossCommError(errorCodes.get(code) ?? "REFUSED", `this message was not delivered: ${reason}`);
  }
  const message =
    `this message was sent again after the hub had lost the session, and failed: ${reason}; the first time ` +
    "it may have arrived";
  return new CrossCommError("UNCONFIRMED", message);
}

function entries<T>(report: unknown, key: string, isEntry: (entry: unknown) => entry is T): T[] | undefined {
  const list = member(report, key);
  return Array.isArray(list) ? list.filter(isEntry) : undefined;
}

function isPair(entry: unknown): entry is [number, number] {
  return Array.isArray(entry) && Number.isSafeInteger(entry[0]) && Number.isSafeInteger(entry[1]);
}

function isFailure(entry: unknown): entry is [number, string, string] {
  return Array.isArray(entry) && Number.isSafeInteger(entry[0]) &&
    typeof entry[1] === "string" && typeof entry[2] === "string";
}
