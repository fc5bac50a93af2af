import { Buffer } from "node:buffer";

/** The first key in byte order after `key`. */
export function after(key: string): Buffer {
  return Buffer.concat([Buffer.from(key), Buffer.of(0)]);
}

/** What comes after all keys that begin with `prefix`; not UTF-8 itself. */
export function afterPrefix(prefix: string): Buffer {
  const bytes = Buffer.from(prefix);
  if (bytes.length === 0) return Buffer.of(0xff);
  bytes[bytes.length - 1]!++; // UTF-8 has no byte 255, so there is no carry
  return bytes;
}

/** The greater one in byte order. */
export function later(a: Buffer, b: Buffer): Buffer {
  return Buffer.compare(a, b) < 0 ? b : a;
}
