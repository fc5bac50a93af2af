/** The hub's own id, on the wire and off it. */
export const SERVER_ID = "server";
/** The addressee that stands for every online client but the sender. */
export const ALL_CLIENTS = "all";

/** Ids that no client may log in under, because the wire gives them a meaning. */
export const RESERVED_IDS: ReadonlySet<string> = new Set([SERVER_ID, ALL_CLIENTS]);

/**
 * A client id as Python makes them: `{mac}_{8 hex}`, the address as twelve hexadecimal digits.
 * Without an address a random one stands in, with the multicast bit set so that it can be no card's own
 * (RFC 4122, section 4.5; Python's `uuid.getnode` does the same).
 */
export function makeClientId(macAddress?: string): string {
  const mac = macAddress?.replaceAll(/[:-]/g, "").toLowerCase() ?? randomMacAddress();
  return `${mac}_${randomHex(4)}`;
}

/** A message id as Python makes them: `{client_id}_{unix ms}_{8 hex}`. */
export function makeMessageId(clientId: string): string {
  return `${clientId}_${Date.now()}_${randomHex(4)}`;
}

function randomMacAddress(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  bytes[0]! |= 0x01;
  return toHex(bytes);
}

// Asking the system for four random bytes at a time costs more than the rest of a message: draw them in bulk.
const pool = new Uint8Array(4096);
let unused = 0;

function randomHex(byteCount: number): string {
  if (unused < byteCount) {
    crypto.getRandomValues(pool);
    unused = pool.length;
  }
  unused -= byteCount;
  return toHex(pool.subarray(unused, unused + byteCount));
}

function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
