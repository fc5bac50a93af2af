import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type FrameListener, FrameReader, type MessageLimits, Opcode } from "./frame_reader.ts";

/** How long the other end may take to close, in ms. */
const CLOSE_MS = 30_000;
/** While as many bytes have yet to leave, pings are not answered: who does not read would fill the memory with pongs. */
const PONG_BYTES = 64 * 1024;
/** The longest reason in a close frame, in bytes. */
const MAX_REASON_BYTES = 123;

const encoder = new TextEncoder();

/** Who is told what comes on a WebSocket. */
export interface WebSocketListener {
  onMessage(bytes: Uint8Array): void;
  /** A ping, which has been answered, or a pong. */
  onSign(): void;
  /** So many bytes were read, and so many of all that came are of a message that is not whole. */
  onRead(bytes: number, unfinished: number): void;
  /** The other end breaks the protocol: the connection is being closed. */
  onFault(fault: string): void;
  /** The connection has ended. */
  onEnd(): void;
}

/**
 * The server's end of a WebSocket (RFC 6455), without compression. What it sends besides messages, which are written to
 * its socket as whole frames, are control frames.
 */
export class ServerWebSocket {
  readonly #socket: Socket;
  #isOpen = true;
  #isHeard = true;
  #pauses = 0;
  #reader: FrameReader | undefined;
  #closing: ReturnType<typeof setTimeout> | undefined;

  /** `socket` is that of a request whose handshake has been answered. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether neither end has closed it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Reads from now on; `head` is what has come already. */
  listen(limits: MessageLimits, head: Uint8Array, listener: WebSocketListener): void {
    const socket = this.#socket;
    const reader = this.#reader = new FrameReader(limits, this.#frameListener(listener));
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on("data", (bytes: Uint8Array) => {
      this.#isHeard = true;
      reader.read(bytes);
      if (reader.awaitsPayload) this.#confirm();
      listener.onRead(bytes.length, reader.unfinishedBytes);
    });
    socket.on("end", () => {
      if (socket.writableLength === 0) socket.destroy(); // the system sends what it has
      else this.#end();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#isOpen = false;
      clearTimeout(this.#closing);
      listener.onEnd();
    });
    if (head.length > 0) reader.read(head);
  }

  /**
   * Stops reading until each that has called it has called `resume`. What has come already may still be handed on: at
   * most one read of the socket, 64 KiB.
   */
  pause(): void {
    if (this.#pauses++ === 0) this.#socket.pause();
  }

  resume(): void {
    if (--this.#pauses === 0) this.#socket.resume();
  }

  /** Ends the connection if nothing has come since the last probe; else asks for a sign of life. */
  probe(): void {
    if (this.#pauses > 0) return; // it is we who do not listen
    if (!this.#isHeard) return this.terminate();
    this.#isHeard = false;
    if (this.#isOpen) this.#write(Opcode.PING, new Uint8Array());
  }

  /** Closes it; the other end has a while to do so, too. */
  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#sendClose(closePayload(code, reason));
  }

  /** Ends the connection, and drops what has come of a message. */
  abandon(): void {
    this.#reader?.stop();
    this.#end();
  }

  /** Ends the connection without asking the other end. */
  terminate(): void {
    this.#socket.destroy();
  }

  #frameListener(listener: WebSocketListener): FrameListener {
    return {
      onMessage: (bytes) => {
        if (this.#isOpen) listener.onMessage(bytes);
      },
      onPing: (payload) => {
        if (!this.#isOpen) return;
        if (this.#socket.writableLength < PONG_BYTES) this.#write(Opcode.PONG, payload);
        listener.onSign();
      },
      onPong: () => listener.onSign(),
      onClose: (payload) => {
        if (this.#isOpen) this.#sendClose(payload);
        this.#end();
      },
      onFault: (code, fault) => {
        if (this.#isOpen) listener.onFault(fault);
        this.close(code, "");
        this.#end();
      },
    };
  }

  /**
   * Has the other end's system hear at once that something has come: clients that write the head of a frame by itself, as
   * Deno's do with more than 1 KiB, may not send the rest before (Nagle), and our system would wait for 40 ms for
   * something to send with it.
   */
  #confirm(): void {
    if (this.#isOpen && this.#socket.writableLength === 0) this.#write(Opcode.PONG, new Uint8Array());
  }

  #sendClose(payload: Uint8Array): void {
    this.#write(Opcode.CLOSE, payload);
    this.#leave();
  }

  /** Sends what has yet to leave, and then nothing more. */
  #end(): void {
    this.#leave();
    this.#socket.end();
  }

  #leave(): void {
    this.#isOpen = false;
    this.#closing ??= setTimeout(() => this.#socket.destroy(), CLOSE_MS);
  }

  #write(opcode: number, payload: Uint8Array): void {
    this.#socket.write(Buffer.concat([new Uint8Array([0x80 | opcode, payload.length]), payload]));
  }
}

function closePayload(code: number, reason: string): Uint8Array {
  const payload = new Uint8Array(2 + MAX_REASON_BYTES);
  payload[0] = code >> 8;
  payload[1] = code;
  const { written } = encoder.encodeInto(reason, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}
