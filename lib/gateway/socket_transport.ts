import type { Transport } from "../hub/session.ts";

/** A WebSocket as the hub sees it. */
export class SocketTransport implements Transport {
  readonly address: string;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, remote: Deno.NetAddr) {
    this.#socket = socket;
    this.address = `${remote.hostname}:${remote.port}`;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    // A closing socket would take the text and drop it without a word.
    if (this.#socket.readyState !== WebSocket.OPEN) throw new Error("the connection is closing");
    this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(code, reason);
  }
}
