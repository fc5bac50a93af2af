import { frame, OPCODE } from "../load/frames.ts";
import type { Dialogue, Framing } from "./framing.ts";
import { NumberedFrames } from "./numbered.ts";
import { NUMBER, words } from "./texts.ts";

/** The first byte of a packet, without the flags of a PUBLISH. */
const PACKET = { connect: 0x10, connack: 0x20, publish: 0x30, subscribe: 0x82, suback: 0x90, pingreq: 0xc0 } as const;
const NO_PROPERTIES = 0;
/** A subscription's option: a client hears nothing of what it sends to all. */
const NO_LOCAL = 4;

/** MQTT 5 in binary frames, quality of service 0; of them a packet may fill several, or share one. The text alone is sent. */
export const MQTT: Framing = {
  path: "/",
  subprotocol: "mqtt",
  async logIn(line, clientId): Promise<Dialogue> {
    const [version, cleanStart, keepAlive] = [5, 2, [0, 0]];
    await line.write(
      packet(PACKET.connect, string("MQTT"), [version, cleanStart, ...keepAlive, NO_PROPERTIES], string(clientId)),
    );
    await expect(line, PACKET.connack);
    const topics = ["all", topic(clientId)].flatMap((name) => [...string(name), NO_LOCAL]);
    await line.write(packet(PACKET.subscribe, [0, 1, NO_PROPERTIES], topics));
    // The answer's length is one byte, for there are two topics.
    const suback = await expect(line, PACKET.suback);
    return new MqttDialogue(suback.subarray(2 + suback[1]!));
  },
};

class MqttDialogue implements Dialogue {
  readonly rest: Uint8Array;
  readonly heartbeat: Uint8Array = packet(PACKET.pingreq);
  #type = 0;
  /** Which byte of a packet's head comes next: its type is the first, then there is its length. */
  #headAt = 0;
  #left = 0;

  constructor(rest: Uint8Array) {
    this.rest = rest;
  }

  burst(to: string, bytes: number, most: number): NumberedFrames {
    const text = new TextEncoder().encode((NUMBER + words(bytes)).slice(0, bytes));
    return new NumberedFrames(
      packet(PACKET.publish, string(to === "all" ? "all" : topic(to)), [NO_PROPERTIES], text),
      most,
    );
  }

  hear(bytes: Uint8Array, from: number, to: number): number {
    let messages = 0;
    for (let at = from; at < to;) {
      if (this.#headAt === 0) {
        this.#type = bytes[at++]! & 0xf0;
        this.#headAt = 1;
        this.#left = 0;
        continue;
      }
      if (this.#headAt > 0) {
        const byte = bytes[at++]!;
        this.#left += (byte & 0x7f) << (7 * (this.#headAt - 1));
        this.#headAt = byte < 0x80 ? -1 : this.#headAt + 1;
        if (byte >= 0x80) continue;
      }
      const take = Math.min(this.#left, to - at);
      at += take;
      this.#left -= take;
      if (this.#left > 0) continue;
      this.#headAt = 0;
      if (this.#type === PACKET.publish) messages++;
    }
    return messages;
  }
}

function topic(clientId: string): string {
  return `client/${clientId}`;
}

/** The next frame, which begins with such a packet. */
async function expect(line: { next(): Promise<Uint8Array> }, type: number): Promise<Uint8Array> {
  const answer = await line.next();
  if (answer[0] !== type) throw new Error(`the broker answered a login with [${answer.subarray(0, 20).join(", ")}]`);
  return answer;
}

function packet(type: number, ...parts: ArrayLike<number>[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [type];
  for (let rest = length; head.length === 1 || rest > 0; rest >>>= 7) {
    head.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  }
  const bytes = new Uint8Array(head.length + length);
  let at = 0;
  for (const part of [head, ...parts]) {
    bytes.set(part, at);
    at += part.length;
  }
  return frame(OPCODE.binary, bytes);
}

function string(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}
