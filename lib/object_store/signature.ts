import { timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Target } from "./address.ts";
import { accessDenied, OssError } from "./errors.ts";

/** What a signature covers. */
export interface SignedRequest {
  method: string;
  headers: Headers;
  query: Map<string, string>;
}

/** A request's claim to come from the holder of a key. */
export interface Claim {
  accessKeyId: string;
  /** Whether the request was signed with this secret, its address read this way. */
  signs(secret: string, target: Target): boolean;
  /** @throws {OssError} where the request is out of its time; `now` in milliseconds. */
  checkTime(now: number): void;
}

/** How far a sender's clock may be off, in milliseconds. */
const MAX_SKEW = 15 * 60 * 1000;

/** @throws {OssError} `RequestTimeTooSkewed`. */
export function checkSkew(requestTime: number, now: number): void {
  if (Math.abs(now - requestTime) <= MAX_SKEW) return;
  const message = "The difference between the request time and the current time is too large: is the clock right?";
  throw new OssError(403, "RequestTimeTooSkewed", message, {
    details: {
      RequestTime: new Date(requestTime).toISOString(),
      ServerTime: new Date(now).toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW),
    },
  });
}

/** @throws {OssError} where `expires`, in milliseconds, has passed. */
export function checkExpiry(expires: number, now: number): void {
  if (now <= expires) return;
  throw new OssError(403, "AccessDenied", "Request has expired.", {
    details: { Expires: new Date(expires).toISOString(), ServerTime: new Date(now).toISOString() },
  });
}

export function malformedAuthorization(what: string): OssError {
  return accessDenied(`The authorization is not of the form that OSS defines: ${what}`);
}

/** Compares in a time that does not tell how much of a guess is right. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** A text as UTF-8, a character a byte: so it can be signed together with headers, which come that way. */
export function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
