/** A client that is as cheap as a client can be: a TCP socket, a handshake made by hand, frames counted. */

import { Buffer } from "node:buffer";
import { constants, inflateRawSync } from "node:zlib";
import { envelope } from "./envelope.ts";
import { frame, FrameReader, OPCODE } from "./frames.ts";

/** What Python's client offers. Who accepts it compresses, which costs those receivers nothing here: only heads are read. */
const COMPRESSION = "permessage-deflate; client_max_window_bits";

const OPEN_BRACE = 0x7b;

/** The example of RFC 6455: with a key that is always the same, so is the right answer. */
export const HANDSHAKE = { key: "dGhlIHNhbXBsZSBub25jZQ==", accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" } as const;

export class RawSocket {
  /** Called once a read, with the number of texts it completed. */
  onTexts: (count: number) => void = () => {};
  /** Called when the connection ends though nobody here closed it. */
  onLost: (reason: Error) => void = () => {};
  #conn: Deno.TcpConn;
  #reader = new FrameReader((opcode, payload) => this.#payload(opcode, payload));
  #buffer: Uint8Array;
  #writes: Promise<void> = Promise.resolve();
  #onFirstText: ((text: string) => void) | undefined;
  #closed = false;

  private constructor(conn: Deno.TcpConn, bufferSize: number) {
    this.#conn = conn;
    this.#buffer = new Uint8Array(bufferSize);
  }

  /** Connects, shakes hands and logs in. */
  static async logIn(port: number, clientId: string, bufferSize = 65_536): Promise<RawSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    const socket = new RawSocket(conn, bufferSize);
    try {
      const rest = await socket.#handshake(port);
      const answer = new Promise<string>((resolve, reject) => {
        socket.#onFirstText = resolve;
        socket.onLost = reject;
      });
      socket.#pump(rest);
      await socket.write(frame(OPCODE.text, envelope(clientId, "server", "login", {})));
      const text = await answer;
      const message = JSON.parse(text);
      if (message.msg_type !== "login_response" || message.content?.status !== "success") {
        throw new Error(`the hub answered ${clientId}'s login with ${text}`);
      }
      socket.onLost = () => {};
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Writes whole buffers, one after the other. */
  write(bytes: Uint8Array): Promise<void> {
    const written = this.#writes.then(() => this.#writeAll(bytes));
    this.#writes = written.catch(() => {});
    return written;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Returns what followed the answer in the same read. */
  async #handshake(port: number): Promise<Uint8Array> {
    const request = [
      "GET / HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${HANDSHAKE.key}`,
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Extensions: ${COMPRESSION}`,
    ];
    await this.#writeAll(new TextEncoder().encode(request.join("\r\n") + "\r\n\r\n"));
    let length = 0;
    while (true) {
      const read = await this.#conn.read(this.#buffer.subarray(length));
      if (read === null) throw new Error("the hub closed the connection during the handshake");
      length += read;
      const answer = new TextDecoder("latin1").decode(this.#buffer.subarray(0, length));
      const end = answer.indexOf("\r\n\r\n");
      if (end < 0) continue;
      if (!answer.startsWith("HTTP/1.1 101") || !answer.includes(HANDSHAKE.accept)) {
        throw new Error(`the hub refused the handshake: ${answer.slice(0, end)}`);
      }
      return this.#buffer.slice(end + 4, length);
    }
  }

  async #pump(first: Uint8Array): Promise<void> {
    try {
      this.#take(first);
      while (true) {
        const read = await this.#conn.read(this.#buffer);
        if (read === null) break;
        this.#take(this.#buffer.subarray(0, read));
      }
      throw new Error("the hub closed a connection");
    } catch (error) {
      if (!this.#closed) this.onLost(error as Error);
      this.close();
    }
  }

  #take(chunk: Uint8Array): void {
    const texts = this.#reader.push(chunk);
    if (texts > 0) this.onTexts(texts);
  }

  #payload(opcode: number, payload: Uint8Array): void {
    if (opcode === OPCODE.ping || opcode === OPCODE.close) {
      // A hub that gets no pong drops the connection; one that gets no close frame back waits for it.
      this.write(frame(opcode === OPCODE.ping ? OPCODE.pong : OPCODE.close, payload)).catch(() => {});
    } else if (opcode === OPCODE.text) {
      this.#reader.keep = false;
      this.#onFirstText?.(new TextDecoder().decode(payload[0] === OPEN_BRACE ? payload : inflate(payload)));
    }
  }
}

/** Undoes the compression of one message (RFC 7692, section 7.2.2). */
function inflate(payload: Uint8Array): Uint8Array {
  const tail = Buffer.from([0x00, 0x00, 0xff, 0xff]);
  return inflateRawSync(Buffer.concat([payload, tail]), { finishFlush: constants.Z_SYNC_FLUSH });
}
