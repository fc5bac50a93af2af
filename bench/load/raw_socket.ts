/** A client that is as cheap as a client can be: a TCP socket, a handshake made by hand, messages counted. */

import { Buffer } from "node:buffer";
import { constants, inflateRawSync } from "node:zlib";
import type { Burst, Dialogue, Framing } from "../framings/framing.ts";
import { VERSION_1 } from "../framings/version_1.ts";
import { frame, FrameReader, OPCODE } from "./frames.ts";
import { shakeHands } from "./handshake.ts";

export interface RawSocketOptions {
  framing?: Framing;
  /** Where few bytes come, a small one will do. */
  bufferBytes?: number;
}

export class RawSocket {
  readonly clientId: string;
  /** Messages that came with the answer to the login. */
  early = 0;
  /** Called once a read, with the number of messages it completed. */
  onMessages: (count: number) => void = () => {};
  /** Called when the connection ends though nobody here closed it. */
  onLost: (reason: Error) => void = () => {};
  #conn: Deno.TcpConn;
  #buffer: Uint8Array<ArrayBuffer>;
  #reader: FrameReader;
  #dialogue: Dialogue | undefined;
  #unheard: Uint8Array[] = [];
  #onUnheard: (() => void) | undefined;
  #writes: Promise<void> | undefined;
  #stalled: Promise<void> | undefined;
  #closed = false;

  private constructor(clientId: string, conn: Deno.TcpConn, bufferBytes: number) {
    this.clientId = clientId;
    this.#conn = conn;
    this.#buffer = new Uint8Array(bufferBytes);
    this.#reader = new FrameReader({
      onFrame: (opcode, payload, isCompressed) => this.#takeFrame(opcode, payload, isCompressed),
      hear: (bytes, from, to, ends) => this.#dialogue!.hear(bytes, from, to, ends),
    });
  }

  /** Connects, shakes hands and logs in. */
  static async logIn(
    port: number,
    clientId: string,
    { framing = VERSION_1, bufferBytes = 65_536 }: RawSocketOptions = {},
  ): Promise<RawSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    const socket = new RawSocket(clientId, conn, bufferBytes);
    try {
      const rest = await shakeHands(conn, socket.#buffer, framing);
      const { promise: lost, reject } = Promise.withResolvers<never>();
      lost.catch(() => {}); // it may be later, when nobody waits any more
      socket.onLost = reject;
      socket.#pump(rest);
      const line = { write: (bytes: Uint8Array) => socket.write(bytes), next: () => socket.#next() };
      socket.#begin(await Promise.race([framing.logIn(line, clientId), lost]));
      socket.onLost = () => {};
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Ready messages for a client, or for `all`. */
  burst(to: string, bytes: number, most: number): Burst {
    return this.#dialogue!.burst(to, bytes, most);
  }

  /** What tells the hub that the client is alive, where it is the client who does. */
  get heartbeat(): Uint8Array | undefined {
    return this.#dialogue!.heartbeat;
  }

  /** Writes whole buffers, one after the other. */
  write(bytes: Uint8Array): Promise<void> {
    const written = this.#writes === undefined ? this.#writeAll(bytes) : this.#writes.then(() => this.#writeAll(bytes));
    const settled: Promise<void> = written.catch(() => {}).then(() => {
      if (this.#writes === settled) this.#writes = undefined;
    });
    this.#writes = settled;
    return written;
  }

  /** Reads no more, once it has read what comes next. Returns what has it read on. */
  stall(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stalled = promise;
    return resolve;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let at = await this.#conn.write(bytes);
    while (at < bytes.length) at += await this.#conn.write(bytes.subarray(at));
  }

  async #pump(first: Uint8Array): Promise<void> {
    try {
      this.#take(first);
      while (true) {
        const read = await this.#conn.read(this.#buffer);
        if (read === null) break;
        this.#take(this.#buffer.subarray(0, read));
        await this.#stalled;
      }
      throw new Error("the hub closed a connection");
    } catch (error) {
      if (!this.#closed) this.onLost(error as Error);
      this.close();
    }
  }

  #take(chunk: Uint8Array): void {
    const messages = this.#reader.push(chunk);
    if (messages > 0) this.onMessages(messages);
    this.#answer();
  }

  #answer(): void {
    const answer = this.#dialogue?.answer?.();
    if (answer) this.write(answer).catch(() => {}); // reading finds out why
  }

  #takeFrame(opcode: number, payload: Uint8Array, isCompressed: boolean): void {
    if (opcode === OPCODE.ping || opcode === OPCODE.close) {
      // A hub that gets no pong drops the connection; one that gets no close frame back waits for it.
      this.write(frame(opcode === OPCODE.ping ? OPCODE.pong : OPCODE.close, payload)).catch(() => {});
    } else if (this.#dialogue) {
      // It had begun to come before messages were counted.
      this.early += this.#dialogue.hear(payload, 0, payload.length, true);
    } else if (opcode === OPCODE.text || opcode === OPCODE.binary) {
      this.#unheard.push(isCompressed ? inflate(payload) : payload);
      this.#onUnheard?.();
    }
  }

  async #next(): Promise<Uint8Array> {
    while (this.#unheard.length === 0) await new Promise<void>((resolve) => this.#onUnheard = resolve);
    return this.#unheard.shift()!;
  }

  /** From here on messages are counted. */
  #begin(dialogue: Dialogue): void {
    const early = [dialogue.rest ?? new Uint8Array(), ...this.#unheard];
    this.#unheard = [];
    this.#dialogue = dialogue;
    this.#reader.counts = true;
    for (const payload of early) {
      if (payload.length > 0) this.early += dialogue.hear(payload, 0, payload.length, true);
    }
    this.#answer();
  }
}

/** Undoes the compression of one message (RFC 7692, section 7.2.2). */
function inflate(payload: Uint8Array): Uint8Array {
  const tail = Buffer.from([0x00, 0x00, 0xff, 0xff]);
  return inflateRawSync(Buffer.concat([payload, tail]), { finishFlush: constants.Z_SYNC_FLUSH });
}
