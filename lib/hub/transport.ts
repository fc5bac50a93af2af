import type { Item } from "../protocol/item.ts";

/** The hub's end of one connection, whatever carries it. */
export interface Transport {
  /** Who is at the other end, for the log. */
  readonly address: string;
  /** Bytes that have been handed over and have not left yet. */
  readonly bufferedAmount: number;
  /** Sends an item as a frame of its own, before what the source has. */
  send(item: Item): void;
  /** From now on asks this source what to send, as often as the other end takes it. */
  attach(source: Source): void;
  /** There is something at the source. */
  wake(): void;
  /** Sends what waits, and closes. */
  close(code: number, reason: string): void;
}

/** Where a transport gets what it sends: it asks once a turn of the event loop, and not while much has yet to leave. */
export interface Source {
  /** The next items; `undefined` where there are none for now. */
  take(): Batch | undefined;
  /** So many of the items that were taken have left. */
  left(count: number): void;
}

/** Items to send: each as a frame of its own or, where there is a header, all as the lines of one frame. */
export interface Batch {
  readonly items: readonly Item[];
  readonly header?: string;
}
