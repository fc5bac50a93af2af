import type { Content, StoredObject } from "./catalog.ts";
import { quoted } from "./call.ts";
import { OssError } from "./errors.ts";

/** What conditions are found under: as they are in a request for an object, with a prefix in one for a copy. */
const COPY_PREFIX = "x-oss-copy-source-";

/** Whether the conditions of a request say that its sender has the object already. @throws {OssError} `PreconditionFailed`. */
export function isUnmodified(headers: Headers, object: StoredObject): boolean {
  return check(headers, "", object);
}

/** Whether a range is of use to who asks for it: they may have the rest of what was there before. */
export function isRangeWanted(headers: Headers, object: StoredObject): boolean {
  const ifRange = headers.get("if-range");
  return ifRange === null || ifRange === quoted(object.etag) || Date.parse(ifRange) === wholeSeconds(object.modified);
}

/** @throws {OssError} where the conditions of a copy are not met: `PreconditionFailed`, or 304 `NotModified`. */
export function checkCopyConditions(headers: Headers, source: StoredObject): void {
  if (check(headers, COPY_PREFIX, source)) throw new OssError(304, "NotModified", "The source has not been modified.");
}

function check(headers: Headers, prefix: string, object: StoredObject): boolean {
  const ifMatch = headers.get(`${prefix}if-match`);
  const ifUnmodifiedSince = time(headers.get(`${prefix}if-unmodified-since`));
  const ifNoneMatch = headers.get(`${prefix}if-none-match`);
  const ifModifiedSince = time(headers.get(`${prefix}if-modified-since`));
  const modified = wholeSeconds(object.modified);
  if (ifMatch !== null && !matches(ifMatch, object)) throw failed("If-Match");
  // RFC 9110, section 13.2.2: an ETag outranks a time.
  if (ifMatch === null && modified > ifUnmodifiedSince) throw failed("If-Unmodified-Since");
  if (ifNoneMatch !== null) return matches(ifNoneMatch, object);
  return modified <= ifModifiedSince;
}

/** A time in the precision of HTTP. */
function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

/** A time in milliseconds; NaN, which compares to nothing, where there is none. */
function time(date: string | null): number {
  return date === null ? NaN : Date.parse(date);
}

function matches(tags: string, { etag }: Content): boolean {
  return tags.split(",").some((tag) => {
    const bare = tag.trim().replace(/^W\//, "").replaceAll('"', "");
    return bare === "*" || bare.toUpperCase() === etag;
  });
}

function failed(condition: string): OssError {
  const message = "At least one of the preconditions you specified did not hold.";
  return new OssError(412, "PreconditionFailed", message, { details: { Condition: condition } });
}
