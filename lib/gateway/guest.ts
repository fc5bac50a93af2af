import type { Socket } from "node:net";
import type { Connection } from "../hub/connection.ts";
import { OWN_FRAME_LIMIT } from "../protocol/item.ts";
import type { MessageLimits } from "./frame_reader.ts";
import type { Guests } from "./guests.ts";
import { peerAddress } from "./peer_address.ts";
import { type Flow, RateLimit } from "./rate_limit.ts";
import { ServerWebSocket, type WebSocketListener } from "./server_web_socket.ts";
import { SocketTransport } from "./socket_transport.ts";
import type { MessageSender } from "./unfinished_messages.ts";

/** Browsers send a message of 64 MiB in about 1,000 frames. */
const MAX_FRAGMENTS = 4_096;
/** How long a message may be before the login, in bytes: strangers are many, and a login is short. */
const STRANGER_BYTES = 64 * 1024;
/** So much is read from a WebSocket in its turn, in bytes: who sends without end would keep the others from being heard. */
const TURN_BYTES = 1024 * 1024;

/** Who is at the other end of a WebSocket, and what becomes of what comes from there: none is read beyond its share. */
export class Guest implements WebSocketListener, MessageSender, Flow {
  readonly address: string | undefined;
  readonly transport: SocketTransport;
  readonly connection: Connection;
  readonly #guests: Guests;
  readonly #webSocket: ServerWebSocket;
  readonly #rate: RateLimit;
  readonly #limits: MessageLimits = { maxBytes: STRANGER_BYTES, maxFragments: MAX_FRAGMENTS };
  /** How much has been read since its last turn, in bytes. */
  #sinceTurn = 0;

  /** `socket` is that of a request whose handshake has been answered, and `token` what came with that. */
  constructor(guests: Guests, socket: Socket, token: string | undefined) {
    const { hub, flushes, limits: { maxMessagesPerSecond, maxBytesPerSecond } } = guests;
    this.#guests = guests;
    this.address = peerAddress(socket.remoteAddress);
    this.#webSocket = new ServerWebSocket(socket);
    this.transport = new SocketTransport(this.#webSocket, socket, flushes);
    this.connection = hub.connect(this.transport, { token, address: this.address });
    this.#rate = new RateLimit(maxMessagesPerSecond, maxBytesPerSecond, this);
  }

  /** Reads from now on; `head` is what has come already. */
  listen(head: Uint8Array): void {
    this.#webSocket.listen(this.#limits, head, this);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  onMessage(bytes: Uint8Array): void {
    this.#guests.turns.heard();
    this.#rate.took(this.connection.receive(bytes), bytes.length);
    this.#limits.maxBytes = this.connection.isIn ? OWN_FRAME_LIMIT : STRANGER_BYTES;
  }

  onSign(): void {
    this.#rate.took(1, 0);
  }

  onRead(bytes: number, unfinished: number): void {
    const { unfinishedMessages, turns } = this.#guests;
    unfinishedMessages.hold(this, unfinished);
    this.#sinceTurn += bytes;
    if (this.#sinceTurn < TURN_BYTES) return;
    this.#sinceTurn = 0;
    this.pause();
    turns.wait(1, () => this.resume());
  }

  onEpisode(): void {
    this.connection.complain("it sends more than its share: the hub reads it more slowly");
  }

  onFault(fault: string): void {
    this.connection.complain(fault);
  }

  giveUp(): void {
    const why = "its message has not come whole, and others wait until there is room";
    this.connection.complain(why);
    this.connection.drop(4002, why);
    this.#webSocket.abandon();
  }

  onEnd(): void {
    this.#guests.left(this);
    this.#rate[Symbol.dispose]();
    this.connection.closed();
  }
}
