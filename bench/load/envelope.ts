/** The envelopes the load generator sends: version 1 of the wire, exactly seven keys. */

import { frame, OPCODE } from "./frames.ts";

/** One envelope as JSON text. */
export function envelope(from: string, to: string, type: string, content: unknown, id = 0): string {
  return JSON.stringify({
    msg_id: `${from}_${Date.now()}_${digits(id)}`,
    from_client_id: from,
    to_client_id: to,
    msg_type: type,
    content,
    timestamp: Date.now() / 1000,
    oss_key: null,
  });
}

function digits(id: number): string {
  return id.toString(16).padStart(8, "0");
}

const TEXT_BYTES = 200;
const encoder = new TextEncoder();

/** Text messages in ready frames, side by side in one buffer: a burst of n is one write of its first n. */
export class Burst {
  #bytes: Uint8Array;
  #frameLength: number;
  #idAt: number;
  #next = 1;

  constructor(from: string, to: string, size: number) {
    const one = frame(OPCODE.text, envelope(from, to, "text", "x".repeat(TEXT_BYTES)));
    this.#frameLength = one.length;
    this.#idAt = new TextDecoder("latin1").decode(one).indexOf('_00000000"') + 1;
    this.#bytes = new Uint8Array(one.length * size);
    for (let i = 0; i < size; i++) this.#bytes.set(one, i * one.length);
  }

  /** The next `count` messages, each under an id of its own. Valid until the next call. */
  take(count: number): Uint8Array {
    for (let i = 0; i < count; i++) {
      encoder.encodeInto(digits(this.#next++), this.#bytes.subarray(i * this.#frameLength + this.#idAt));
    }
    return this.#bytes.subarray(0, count * this.#frameLength);
  }
}
