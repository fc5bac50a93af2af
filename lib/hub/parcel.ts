import { readHead } from "../protocol/envelope.ts";
import type { Item } from "../protocol/item.ts";
import type { PutOutcome } from "./mailbox.ts";

/**
 * Why a message to one client was not, and will not be, delivered; `unconfirmed`: it was on its way when its addressee
 * vanished, and could not be stored.
 */
export type Failure = "unknown_client" | "too_large" | "unconfirmed" | Exclude<PutOutcome, "stored">;

/** What became of a message to one client. */
export type Outcome = "delivered" | "sent" | "stored" | Failure;

/** Who is told what became of a message. `number` is by what the sender knows it. */
export interface Sender {
  /** A message to one client has got there, or has not. */
  settle(number: number, outcome: Outcome, item: Item): void;
  /** A message to all is on its way to so many clients, but not to those that `missed` names. */
  reached(number: number, clients: number, missed: readonly string[], item: Item): void;
}

/** Whom to tell what becomes of a message to one client alone. */
export interface Direct {
  readonly sender: Sender;
  readonly number: number;
}

/** What a parcel costs besides its text, in characters: measured, with small messages. */
const PARCEL_COST = 512;

/** An item on its way to a client. One that goes to many is the same parcel for all of them. */
export class Parcel {
  readonly item: Item;
  /** Where it goes to one client alone. */
  readonly direct: Direct | undefined;
  /** Its number in the client's mailbox, where it comes from there. */
  readonly letterId: number | undefined;
  /** What it costs to hold it, in characters. */
  readonly cost: number;
  /** In how many clients' lists it is. */
  places = 0;

  constructor(item: Item, direct?: Direct, letterId?: number) {
    this.item = item;
    this.direct = direct;
    this.letterId = letterId;
    this.cost = item.length + PARCEL_COST;
  }
}

/** How many of those that a message did not get to are named. */
const MAX_NAMED = 3;

/** Says whom a message did not get to. */
export function missedBy(item: Item, missed: readonly string[]): string {
  const { msgType, toClientId } = readHead(item);
  const more = missed.length > MAX_NAMED ? ` and ${missed.length - MAX_NAMED} more` : "";
  return `a ${msgType} message to ${toClientId} did not get to ${missed.slice(0, MAX_NAMED).join(", ")}${more}`;
}
