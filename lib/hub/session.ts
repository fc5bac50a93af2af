import type { Item } from "../protocol/item.ts";

/** The hub's end of one connection, whatever carries it. */
export interface Transport {
  /** Who is at the other end, for the log. */
  readonly address: string;
  /** Bytes handed to `send` that have not left yet. */
  readonly bufferedAmount: number;
  /** Sends an item. False where the connection is no longer open. */
  send(item: Item): boolean;
  /** Sends what waits, and closes. */
  close(code: number, reason: string): void;
}

/** What the hub remembers of a client. Times are in seconds since 1970. */
export interface KnownClient {
  readonly id: string;
  lastSeen: number;
  /** `null` where it has not logged in since the hub started. */
  loginTime: number | null;
}

/** Why an item did not go onto a session's wire. */
export type SessionFailure = "too large" | "too slow" | "gone";

/** A logged-in client on its connection: what is meant for the client is handed to `deliver`. */
export class Session {
  readonly client: KnownClient;
  readonly transport: Transport;
  /** Whether it has been heard of within the heartbeat timeout. */
  online = true;
  /** The largest frame that the client accepts, in bytes. */
  readonly frameLimit: number;
  /** When the client was last heard of, by the clock of `performance.now`, which no change of the time moves. */
  heardAt = performance.now();
  /** Ends the connection that the session is on, from this side. */
  readonly end: (code: number, reason: string) => void;
  readonly #bufferLimit: number;

  /** The limits are in bytes; `bufferLimit` is how many may wait for a slow reader. */
  constructor(
    client: KnownClient,
    transport: Transport,
    limits: { frameLimit: number; bufferLimit: number },
    end: (code: number, reason: string) => void,
  ) {
    this.client = client;
    this.transport = transport;
    this.frameLimit = limits.frameLimit;
    this.end = end;
    this.#bufferLimit = limits.bufferLimit;
  }

  /** Sends an item, unless it would end the connection or make the hub hold more than its bound. */
  deliver(item: Item): SessionFailure | undefined {
    if (item.exceeds(this.frameLimit)) return "too large";
    const waiting = this.transport.bufferedAmount;
    if (waiting > 0 && waiting + item.text.length > this.#bufferLimit) return "too slow";
    if (!this.transport.send(item)) return "gone";
  }
}
