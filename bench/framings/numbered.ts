import type { Burst } from "./framing.ts";
import { digits, NUMBER } from "./texts.ts";

const encoder = new TextEncoder();

/** One frame a message, side by side in one buffer: `count` of them are one write of the first. */
export class NumberedFrames implements Burst {
  #bytes: Uint8Array;
  #frameLength: number;
  #numberAt: number;
  #next = 1;

  /** `one` is a frame in which eight zeros stand where the number goes. */
  constructor(one: Uint8Array, most: number) {
    this.#frameLength = one.length;
    this.#numberAt = findNumber(one);
    this.#bytes = new Uint8Array(one.length * most);
    for (let i = 0; i < most; i++) this.#bytes.set(one, i * one.length);
  }

  take(count: number): Uint8Array {
    for (let i = 0; i < count; i++) {
      encoder.encodeInto(digits(this.#next++), this.#bytes.subarray(i * this.#frameLength + this.#numberAt));
    }
    return this.#bytes.subarray(0, count * this.#frameLength);
  }
}

export function findNumber(bytes: Uint8Array): number {
  const at = new TextDecoder("latin1").decode(bytes.subarray(0, 1_000)).indexOf(NUMBER);
  if (at < 0) throw new Error("the message has no place for its number");
  return at;
}
