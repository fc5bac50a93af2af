/** What JSON cannot carry between a test and peer.py travels marked; peer.py has the other half of this. */

import { decodeBase64, encodeBase64 } from "@std/encoding/base64";

/** Marks bytes, big integers, NaN and infinities, for JSON. */
export function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: encodeBase64(value) };
  if (typeof value === "bigint") return { $int: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { $float: String(value) };
  if (Array.isArray(value)) return value.map(pack);
  return isObject(value) ? mapValues(value, pack) : value;
}

/** The value that was marked: integers beyond 2^53 are a bigint. */
export function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack);
  if (!isObject(value)) return value;
  if (typeof value.$bytes === "string") return decodeBase64(value.$bytes);
  if (typeof value.$int === "string") return BigInt(value.$int);
  if (typeof value.$float === "string") return Number(value.$float);
  return mapValues(value, unpack);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function mapValues(object: Record<string, unknown>, change: (value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
