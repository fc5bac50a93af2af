import type { Socket } from "node:net";
import { peerAddress } from "./peer_address.ts";

/** So many that are too many may wait for their request, to be told so. Further ones are cut off without a word. */
const MAX_WAITING = 1_000;

/** Why a request is not served: an HTTP status, and a sentence for a person. */
export interface Refusal {
  status: number;
  reason: string;
  headers?: Record<string, string>;
}

/** Counts connections, in all and by address. */
export class ConnectionCount {
  readonly #most: number;
  readonly #mostPerAddress: number;
  readonly #addresses = new Map<string, number>();
  /** Those that are to be refused, by the names of their ends: TLS puts a socket of its own around each. */
  readonly #refused = new Map<string, Refusal>();
  #count = 0;

  /** The limits on connections in all, and from one address. */
  constructor(most: number, mostPerAddress: number) {
    this.#most = most;
    this.#mostPerAddress = mostPerAddress;
  }

  /** Takes a new connection, and may cut it off. */
  add(socket: Socket): void {
    const address = peerAddress(socket.remoteAddress);
    const refusal = this.#refusalOf(address);
    if (refusal !== undefined) return this.#refuse(socket, refusal);
    this.#change(address, 1);
    socket.once("close", () => this.#change(address, -1));
  }

  /** Why what comes on this connection is refused, if it is. */
  refusal({ remoteAddress, remotePort }: Socket): Refusal | undefined {
    return this.#refused.size === 0 ? undefined : this.#refused.get(`${remoteAddress} ${remotePort}`);
  }

  #refusalOf(address: string | undefined): Refusal | undefined {
    if (this.#count >= this.#most) {
      return { status: 503, reason: `this hub has all the connections that it takes (${this.#most}): try later` };
    }
    if (address === undefined || (this.#addresses.get(address) ?? 0) < this.#mostPerAddress) return undefined;
    return { status: 429, reason: `this hub takes no more than ${this.#mostPerAddress} connections of one address` };
  }

  #refuse(socket: Socket, refusal: Refusal): void {
    if (this.#refused.size >= MAX_WAITING || socket.remotePort === undefined) return void socket.destroy();
    const name = `${socket.remoteAddress} ${socket.remotePort}`;
    this.#refused.set(name, refusal);
    socket.once("close", () => this.#refused.delete(name));
  }

  #change(address: string | undefined, by: 1 | -1): void {
    this.#count += by;
    if (address === undefined) return;
    const count = (this.#addresses.get(address) ?? 0) + by;
    if (count > 0) this.#addresses.set(address, count);
    else this.#addresses.delete(address);
  }
}
