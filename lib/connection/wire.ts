import { CrossCommError } from "../protocol/errors.ts";
import type { Connection } from "./connection.ts";
import type { Outbox } from "./outbox.ts";

/** What goes over a connection, and how: one of the two versions of the protocol. */
export interface Wire {
  readonly protocol: 1 | 2;
  /** Begins to receive and to send. */
  start(): void;
  /** Sends what is for the hub itself. */
  post(envelope: string): void;
  /** There may be something in the outbox: sends what the socket and the hub take. */
  pump(): void;
  /** Lets the hub hear of us at once, and asks for an answer where there is one. */
  beat(): void;
  /** Says goodbye. */
  leave(): void;
  /** The connection has ended. */
  end(lost: CrossCommError): void;
}

/** What a wire needs to know. */
export interface WireSettings {
  connection: Connection;
  clientId: string;
  outbox: Outbox;
  /** The largest frame, in bytes, that the hub accepts; `undefined` where it says nothing of it. */
  frameLimit: number | undefined;
  /** In seconds. */
  heartbeatInterval: number;
  /** Takes an envelope that has arrived, and never throws. True where its sender waits to hear that it has. */
  onEnvelope(text: string): boolean;
}

/** How many bytes may wait in the socket before more is held back, and how often it is looked at then. */
export const HIGH_WATER_BYTES: number = 1024 * 1024;
export const DRAIN_POLL_MS = 5;

export function tooLarge(limit: number): CrossCommError {
  const why = `this message is larger than the ${limit} bytes that can be passed on: send it in parts`;
  return new CrossCommError("MESSAGE_TOO_LARGE", why);
}
