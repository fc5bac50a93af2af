/** Clients that log in, some at a time, and stay. */

import type { Framing } from "../framings/framing.ts";
import { RawSocket, type RawSocketOptions } from "./raw_socket.ts";

const AT_A_TIME = 64;
const LIMIT_MS = 15_000;
const HEARTBEAT_MS = 15_000;

export interface ClientsOptions extends RawSocketOptions {
  framing: Framing;
  /** Some hubs slow down with every client they know: after this time, who is in is all there are. */
  limitMs?: number;
}

export class Clients {
  readonly sockets: Map<string, RawSocket> = new Map<string, RawSocket>();
  /** When each of them was in, in seconds from the start on. */
  readonly times: number[] = [];
  /** Rejects when the hub loses one of them, or when `fail` is called. */
  readonly failed: Promise<never>;
  readonly fail: (reason: Error) => void;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  private constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {}); // whoever waits for a round hears of it
    this.failed = promise;
    this.fail = reject;
  }

  static async logIn(port: number, ids: string[], options: ClientsOptions): Promise<Clients> {
    const clients = new Clients();
    const { limitMs = Infinity } = options;
    const start = performance.now();
    let next = 0;
    const worker = async () => {
      while (next < ids.length && performance.now() - start < limitMs) {
        const id = ids[next++]!;
        const socket = await RawSocket.logIn(port, id, options);
        socket.onLost = clients.fail;
        clients.sockets.set(id, socket);
        clients.times.push((performance.now() - start) / 1_000);
      }
    };
    const results = await Promise.allSettled(Array.from({ length: AT_A_TIME }, worker));
    for (const result of results) {
      if (result.status !== "rejected") continue;
      clients.close();
      throw result.reason;
    }
    return clients;
  }

  /** They get in all, and stay. */
  static async allIn(port: number, ids: string[], options: ClientsOptions): Promise<Clients> {
    const clients = await Clients.logIn(port, ids, { limitMs: LIMIT_MS, ...options });
    const { size } = clients.sockets;
    if (size < ids.length) {
      clients.close();
      throw new Error(`only ${size} of ${ids.length} clients were in after ${LIMIT_MS / 1_000} s`);
    }
    clients.#keepAlive();
    return clients;
  }

  /** How long it took them all to get in. */
  get seconds(): number {
    return this.times.at(-1) ?? 0;
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const socket of this.sockets.values()) socket.close();
  }

  /** As real clients do: some hubs mark as offline whom they do not hear of for a minute. */
  #keepAlive(): void {
    this.#heartbeat = setInterval(() => {
      for (const socket of this.sockets.values()) {
        if (socket.heartbeat) socket.write(socket.heartbeat).catch(this.fail);
      }
    }, HEARTBEAT_MS);
  }
}
