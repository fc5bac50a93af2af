import type { Socket } from "node:net";
import type { Hub } from "../hub/hub.ts";
import { Guest } from "./guest.ts";
import type { GatewayLimits } from "./limits.ts";
import { LoginDeadline } from "./login_deadline.ts";
import { Flushes } from "./socket_transport.ts";
import type { Turns } from "./turns.ts";
import { UnfinishedMessages } from "./unfinished_messages.ts";

/** All who are connected by WebSocket, and what they share. */
export class Guests implements Disposable {
  readonly hub: Hub;
  readonly limits: GatewayLimits;
  readonly turns: Turns;
  readonly flushes: Flushes = new Flushes();
  readonly unfinishedMessages: UnfinishedMessages;
  readonly #deadline: LoginDeadline;
  readonly #present = new Set<Guest>();

  /** `maxUnfinishedBytes` is how much may have come of messages that are not whole, in bytes. */
  constructor(hub: Hub, limits: GatewayLimits, maxUnfinishedBytes: number, turns: Turns) {
    this.hub = hub;
    this.limits = limits;
    this.turns = turns;
    this.unfinishedMessages = new UnfinishedMessages(maxUnfinishedBytes);
    this.#deadline = new LoginDeadline(limits.loginTimeout);
  }

  /** Takes in who has made a WebSocket of this socket; `head` is what has come on it already. */
  add(socket: Socket, head: Uint8Array, token: string | undefined): void {
    const guest = new Guest(this, socket, token);
    this.#present.add(guest);
    this.#deadline.add(guest.connection);
    guest.listen(head);
  }

  /** The connection of one has ended. */
  left(guest: Guest): void {
    this.#present.delete(guest);
    this.#deadline.delete(guest.connection);
    this.unfinishedMessages.hold(guest, 0);
  }

  /** Asks all for a sign of life, and ends the connections of those that gave none. */
  probe(): void {
    for (const { transport } of this.#present) transport.probe();
  }

  /** Ends all connections without asking the other ends. */
  terminate(): void {
    for (const { transport } of this.#present) transport.terminate();
  }

  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
    this.unfinishedMessages[Symbol.dispose]();
  }
}
