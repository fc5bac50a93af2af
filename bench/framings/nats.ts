import { frame, OPCODE } from "../load/frames.ts";
import type { Dialogue, Framing } from "./framing.ts";
import { NumberedFrames } from "./numbered.ts";
import { NUMBER, words } from "./texts.ts";

const LINE_FEED = 10;
const ZERO = "0".charCodeAt(0);
const SPACE = " ".charCodeAt(0);
const decoder = new TextDecoder();

/** NATS's own protocol in binary frames, of which a message may fill several, or share one. The text alone is sent. */
export const NATS: Framing = {
  path: "/",
  async logIn(line, clientId): Promise<Dialogue> {
    // Without `echo` a client hears nothing of what it sends to all.
    const options = JSON.stringify({ verbose: false, pedantic: false, echo: false, lang: "bench", version: "1" });
    await line.next(); // INFO
    await line.write(frame(OPCODE.binary, `CONNECT ${options}\r\nSUB all 1\r\nSUB client.${clientId} 2\r\nPING\r\n`));
    let heard = new Uint8Array();
    let end = -1;
    while (end < 0) {
      heard = join(heard, await line.next());
      const text = decoder.decode(heard);
      if (text.includes("-ERR")) throw new Error(`the server answered ${clientId}'s login with ${text}`);
      end = text.indexOf("PONG\r\n"); // what comes before it is plain ASCII
    }
    return new NatsDialogue(heard.subarray(end + "PONG\r\n".length));
  },
};

class NatsDialogue implements Dialogue {
  readonly rest: Uint8Array;
  readonly heartbeat: Uint8Array = frame(OPCODE.binary, "PING\r\n");
  /** The protocol's line that is not complete yet. */
  #line = new Uint8Array(4_096);
  #lineLength = 0;
  /** What is missing of the payload of a message, its line end included. */
  #left = 0;
  #pinged = false;

  constructor(rest: Uint8Array) {
    this.rest = rest;
  }

  burst(to: string, bytes: number, most: number): NumberedFrames {
    const subject = to === "all" ? "all" : `client.${to}`;
    const text = (NUMBER + words(bytes)).slice(0, bytes);
    return new NumberedFrames(frame(OPCODE.binary, `PUB ${subject} ${bytes}\r\n${text}\r\n`), most);
  }

  hear(bytes: Uint8Array, from: number, to: number): number {
    let messages = 0;
    for (let at = from; at < to;) {
      if (this.#left > 0) {
        const take = Math.min(this.#left, to - at);
        at += take;
        this.#left -= take;
        if (this.#left === 0) messages++;
        continue;
      }
      const end = bytes.indexOf(LINE_FEED, at);
      const complete = end >= 0 && end < to;
      if (complete && this.#lineLength === 0) {
        this.#command(bytes, at, end - 1);
      } else {
        const piece = bytes.subarray(at, complete ? end : to);
        this.#line.set(piece, this.#lineLength);
        this.#lineLength += piece.length;
        if (complete) {
          this.#command(this.#line, 0, this.#lineLength - 1);
          this.#lineLength = 0;
        }
      }
      at = complete ? end + 1 : to;
    }
    return messages;
  }

  answer(): Uint8Array | undefined {
    if (!this.#pinged) return undefined;
    this.#pinged = false;
    return frame(OPCODE.binary, "PONG\r\n");
  }

  /** A line without its end: `MSG subject sid bytes`, or something short. */
  #command(line: Uint8Array, from: number, to: number): void {
    if (line[from] === "M".charCodeAt(0)) {
      let bytes = 0;
      for (let at = to - 1, unit = 1; line[at] !== SPACE; at--, unit *= 10) bytes += (line[at]! - ZERO) * unit;
      this.#left = bytes + 2;
    } else if (line[from + 1] === "I".charCodeAt(0)) {
      this.#pinged = true;
    } else if (line[from] === "-".charCodeAt(0)) {
      throw new Error(`the server says ${decoder.decode(line.subarray(from, to))}`);
    }
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
