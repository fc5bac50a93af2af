import type { Socket } from "node:net";
import { setImmediate } from "node:timers";
import type { Source, Transport } from "../hub/transport.ts";
import type { Item } from "../protocol/item.ts";
import { BatchWriter } from "./batch_writer.ts";
import type { ServerWebSocket } from "./server_web_socket.ts";

/** While as many bytes have yet to leave, no more are taken. */
const HIGH_WATER_BYTES = 256 * 1024;

/** A WebSocket as the hub sees it: what one turn of the event loop has for it leaves in one write. */
export class SocketTransport implements Transport {
  readonly address: string;
  readonly #webSocket: ServerWebSocket;
  readonly #socket: Socket;
  readonly #flushes: Flushes;
  #frames: Item[] = [];
  #framesLength = 0;
  #source: Source | undefined;
  /** Whether there may be more at the source, once some of what was written has left. */
  #isBlocked = false;
  #isDue = false;

  constructor(webSocket: ServerWebSocket, socket: Socket, flushes: Flushes) {
    const { remoteAddress, remotePort } = socket;
    this.address = remoteAddress === undefined ? "somewhere" : `${remoteAddress}:${remotePort}`; // Deno 2.4 tells none
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#flushes = flushes;
  }

  get bufferedAmount(): number {
    return this.#framesLength + this.#socket.writableLength;
  }

  send(item: Item): void {
    this.#frames.push(item);
    this.#framesLength += item.length;
    this.wake();
  }

  attach(source: Source): void {
    this.#source = source;
    this.wake();
  }

  wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#flushes.add(this);
  }

  close(code: number, reason: string): void {
    this.flush(new BatchWriter());
    this.#webSocket.close(code, reason);
  }

  /** Ends the connection without asking the other end. */
  terminate(): void {
    this.#webSocket.terminate();
  }

  /** Ends the connection if nothing came back since the last probe. One that is slow to read is not one that is dead. */
  probe(): void {
    if (this.bufferedAmount === 0) this.#webSocket.probe();
  }

  /** Writes what there is. The frames are whole, so that control frames fit between them. */
  flush(writer: BatchWriter): void {
    this.#isDue = false;
    if (!this.#webSocket.isOpen) return;
    if (this.#frames.length > 0) {
      const items = this.#frames;
      this.#frames = [];
      this.#framesLength = 0;
      writer.write(this.#socket, { items });
    }
    const source = this.#source;
    if (source === undefined) return;
    while (this.#socket.writableLength < HIGH_WATER_BYTES) {
      const batch = source.take();
      if (batch === undefined) return;
      writer.write(this.#socket, batch, (error) => {
        if (!error) source.left(batch.items.length); // what did not leave is the source's to keep
        if (this.#isBlocked) this.wake();
        this.#isBlocked = false;
      });
    }
    this.#isBlocked = true;
  }
}

/** Flushes transports when the turn of the event loop that has something for them is over. */
export class Flushes {
  #due: SocketTransport[] = [];

  add(transport: SocketTransport): void {
    if (this.#due.length === 0) setImmediate(() => this.#flush());
    this.#due.push(transport);
  }

  #flush(): void {
    const due = this.#due;
    this.#due = [];
    const writer = new BatchWriter();
    for (const transport of due) transport.flush(writer);
  }
}
