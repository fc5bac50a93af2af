import { frame, OPCODE } from "../load/frames.ts";
import { envelope } from "./envelope.ts";
import type { Burst, Dialogue, Framing } from "./framing.ts";
import { findNumber } from "./numbered.ts";
import { digits, words } from "./texts.ts";
import { acceptance } from "./version_1.ts";

const LINE_FEED = 10;
/** Ids of the hub's own items begin with `server`, and no client's id here begins with the same letter. */
const ID_AT = '{"msg_id":"'.length;
const HUBS = "s".charCodeAt(0);
const encoder = new TextEncoder();

/** How many items, and for how long, in milliseconds, a receiver of broadcasts leaves unacknowledged, as the protocol has it. */
const ACK_ITEMS = 256;
const ACK_MS = 100;
/** What stands in an envelope to all, and how far from its start at most. */
const TO_ALL = encoder.encode('"to_client_id":"all"');
const TO_ALL_WITHIN = 400;

/** Lines: a header, then one envelope each. Messages to one client are acknowledged at once, frame by frame. */
export const VERSION_2: Framing = {
  path: "/",
  async logIn(line, clientId): Promise<Dialogue> {
    const offer = { protocol: 2, limits: { frame_bytes: 64 * 1024 * 1024 } };
    await line.write(frame(OPCODE.text, envelope(clientId, "server", "login", offer)));
    const { protocol } = await acceptance(() => line.next(), clientId);
    if (protocol !== 2) throw new Error("the hub does not speak version 2");
    return new LinesDialogue(clientId);
  },
};

class LinesDialogue implements Dialogue {
  readonly heartbeat: Uint8Array = frame(OPCODE.text, '{"ping":true}');
  readonly #clientId: string;
  #sent = 0;
  #heard = 0;
  #acknowledged = 0;
  #acknowledgedAt = 0;
  /** Whether what it hears goes to all, so that nobody waits for its acknowledgement; `undefined` before the first. */
  #waitsForAll: boolean | undefined;
  /** Which line of a frame comes next, how much of it there is, and whether it is a message. */
  #line = 0;
  #lineLength = 0;
  #isMessage = false;
  /** Of the last message. */
  #messageLength = 0;

  constructor(clientId: string) {
    this.#clientId = clientId;
  }

  burst(to: string, bytes: number, most: number): Burst {
    return new Lines(envelope(this.#clientId, to, "text", words(bytes)), most, (items) => {
      const seq = this.#sent + 1;
      this.#sent += items;
      this.#acknowledged = this.#heard;
      return { seq, ack: this.#heard };
    });
  }

  hear(bytes: Uint8Array, from: number, to: number, ends: boolean): number {
    let messages = 0;
    for (let at = from; at < to;) {
      const idAt = at + ID_AT - this.#lineLength;
      if (idAt >= at && idAt < to) {
        this.#isMessage = this.#line > 0 && bytes[idAt] !== HUBS;
        // A workload is all broadcasts or none: the first message tells.
        if (this.#isMessage) this.#waitsForAll ??= isToAll(bytes, idAt, to);
      }
      const end = this.#endOfLine(bytes, at, to);
      this.#lineLength += end - at;
      if (end < to) messages += this.#endLine();
      at = end + 1;
    }
    if (ends) {
      messages += this.#endLine();
      this.#line = 0;
    }
    return messages;
  }

  answer(): Uint8Array | undefined {
    const behind = this.#heard - this.#acknowledged;
    if (behind === 0) return undefined;
    const now = performance.now();
    if (this.#waitsForAll && behind < ACK_ITEMS && now < this.#acknowledgedAt + ACK_MS) return undefined;
    this.#acknowledged = this.#heard;
    this.#acknowledgedAt = now;
    return frame(OPCODE.text, `{"ack":${this.#heard}}`);
  }

  /**
   * Where the line ends, or the piece. Messages here are of about one length, so that the end of the last one says where
   * to look for the next: searching all their bytes would cost more than some hubs spend on them.
   */
  #endOfLine(bytes: Uint8Array, at: number, to: number): number {
    if (this.#isMessage && this.#messageLength > 0) {
      const guess = at + this.#messageLength - this.#lineLength;
      if (guess >= to) return to;
      if (guess > at && bytes[guess] === LINE_FEED) return guess;
    }
    const found = bytes.indexOf(LINE_FEED, at);
    return found < 0 || found > to ? to : found;
  }

  #endLine(): 0 | 1 {
    const isItem = this.#line++ > 0;
    const isMessage = this.#isMessage;
    if (isMessage) this.#messageLength = this.#lineLength;
    this.#lineLength = 0;
    this.#isMessage = false;
    if (!isItem) return 0;
    this.#heard++;
    return isMessage ? 1 : 0;
  }
}

function isToAll(bytes: Uint8Array, from: number, to: number): boolean {
  const end = Math.min(to, from + TO_ALL_WITHIN) - TO_ALL.length;
  for (let at = from; at <= end; at++) {
    if (TO_ALL.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}

/** As many lines as are taken, side by side behind a header, in one frame. */
class Lines implements Burst {
  readonly #header: (items: number) => unknown;
  readonly #lineLength: number;
  readonly #numberAt: number;
  /** Room for the frame's head and for the header, then the lines, each with its line feed in front. */
  readonly #bytes: Uint8Array;
  readonly #linesAt = 100;
  #next = 1;

  constructor(line: string, most: number, header: (items: number) => unknown) {
    const one = encoder.encode(`\n${line}`);
    this.#header = header;
    this.#lineLength = one.length;
    this.#numberAt = findNumber(one);
    this.#bytes = new Uint8Array(this.#linesAt + one.length * most);
    for (let i = 0; i < most; i++) this.#bytes.set(one, this.#linesAt + i * one.length);
  }

  take(count: number): Uint8Array {
    for (let i = 0; i < count; i++) {
      const at = this.#linesAt + i * this.#lineLength + this.#numberAt;
      encoder.encodeInto(digits(this.#next++), this.#bytes.subarray(at));
    }
    const header = encoder.encode(JSON.stringify(this.#header(count)));
    const end = this.#linesAt + count * this.#lineLength;
    const headerAt = this.#linesAt - header.length;
    this.#bytes.set(header, headerAt);
    const head = frame(OPCODE.text, end - headerAt);
    this.#bytes.set(head, headerAt - head.length);
    return this.#bytes.subarray(headerAt - head.length, end);
  }
}
