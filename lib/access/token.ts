import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** A token as the hub keeps it: without its secret. Times are in seconds since 1970. */
export interface AccessToken {
  /** What the token is called where it is listed, revoked or logged: no secret. */
  readonly id: string;
  /** The id that it lets log in, or a pattern of ids in which `*` stands for any characters. */
  readonly clients: string;
  /** When it was made. */
  readonly created: number;
  /** When it ends; `null` where it does not. */
  readonly expires: number | null;
  /** What its maker wrote down about it; perhaps nothing. */
  readonly note: string;
}

/** A token with what its secret is recognised by. */
export interface StoredToken extends AccessToken {
  readonly sha256: string;
}

const SECRET_BYTES = 32;

/** A new token's id, its text, which holds the secret and is to be shown once, and what to keep of the secret. */
export function makeToken(): { id: string; token: string; sha256: string } {
  const id = randomBytes(5).toString("hex");
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return { id, token: `cct_${id}_${secret}`, sha256: hashOf(secret).toString("hex") };
}

/** The id and the secret in a token's text; `undefined` where it is none. */
export function splitToken(token: string): { id: string; secret: string } | undefined {
  const match = /^cct_([0-9a-f]{10})_([\w-]{43})$/.exec(token);
  return match === null ? undefined : { id: match[1]!, secret: match[2]! };
}

/** Whether the secret is the one that was hashed. Takes as long for a wrong one as for the right one. */
export function isSecretOf(secret: string, sha256: string): boolean {
  return timingSafeEqual(hashOf(secret), Buffer.from(sha256, "hex"));
}

/**
 * One round of SHA-256, without salt: slow hashes and salts make up for what people choose as passwords. Among 2^256
 * random secrets there is nothing to try out, and a slow hash would let a stranger keep the hub busy.
 */
function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
