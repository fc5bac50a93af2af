import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import type { Socket } from "node:net";
// @ts-types="./ws.d.ts"
import { WebSocket } from "ws";
import type { Transport } from "../hub/session.ts";
import type { Item } from "../protocol/item.ts";

/** From this size on, in bytes, a frame is written by itself: joining it with others would cost more than it saves. */
const LARGE_FRAME = 16 * 1024;

/** A WebSocket as the hub sees it: what one turn of the event loop sends to it leaves in one write. */
export class SocketTransport implements Transport {
  readonly address: string;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #flushes: Flushes;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #heard = true;

  constructor(webSocket: WebSocket, socket: Socket, flushes: Flushes) {
    const { remoteAddress, remotePort } = socket;
    this.address = remoteAddress === undefined ? "somewhere" : `${remoteAddress}:${remotePort}`; // Deno 2.4 tells none
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#flushes = flushes;
    webSocket.on("message", () => this.#heard = true);
    webSocket.on("pong", () => this.#heard = true);
  }

  get bufferedAmount(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  send(item: Item): boolean {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return false;
    const { frame } = item;
    if (this.#waiting.length === 0) this.#flushes.add(this);
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    return true;
  }

  close(code: number, reason: string): void {
    this.flush();
    this.#webSocket.close(code, reason);
  }

  /** Ends the connection without asking the other end. */
  terminate(): void {
    this.#webSocket.terminate();
  }

  /** Ends the connection if nothing came back since the last probe. One that is slow to read is not one that is dead. */
  probe(): void {
    if (this.bufferedAmount > 0) return;
    if (!this.#heard) return this.terminate();
    this.#heard = false;
    this.#webSocket.ping();
  }

  /** Writes what waits. The frames are whole, so that those which `ws` writes itself fit between them. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0 || this.#webSocket.readyState !== WebSocket.OPEN) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    let from = 0;
    for (let index = 0; index < waiting.length; index++) {
      if (waiting[index]!.length < LARGE_FRAME) continue;
      this.#writeJoined(waiting.slice(from, index));
      this.#socket.write(waiting[index]!);
      from = index + 1;
    }
    this.#writeJoined(from === 0 ? waiting : waiting.slice(from));
  }

  #writeJoined(frames: Uint8Array[]): void {
    if (frames.length > 0) this.#socket.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
  }
}

/** Flushes transports when the turn of the event loop that sent to them is over. */
export class Flushes {
  readonly #due = new Set<SocketTransport>();

  add(transport: SocketTransport): void {
    if (this.#due.size === 0) setImmediate(() => this.#flush());
    this.#due.add(transport);
  }

  #flush(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const transport of due) transport.flush();
  }
}
