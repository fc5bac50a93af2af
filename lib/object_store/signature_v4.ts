import { createHash, createHmac } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Target } from "./address.ts";
import { invalidArgument } from "./errors.ts";
import {
  checkExpiry,
  checkSkew,
  type Claim,
  malformedAuthorization,
  sameText,
  type SignedRequest,
} from "./signature.ts";
import { isSubresource } from "./subresources.ts";

export const ALGORITHM_V4 = "OSS4-HMAC-SHA256";
const UNSIGNED = "UNSIGNED-PAYLOAD";
const LONGEST_EXPIRY = 7 * 24 * 60 * 60;

/** A credential's parts: whose key, and for which day, region and product it was derived. */
interface Scope {
  accessKeyId: string;
  day: string;
  region: string;
  product: string;
}

/** The claim of an `Authorization: OSS4-HMAC-SHA256 …` header. */
export function claimOfHeaderV4(request: SignedRequest, authorization: string): Claim {
  const fields = new Map(
    authorization.slice(ALGORITHM_V4.length).split(",").map((field) => {
      const equals = field.indexOf("=");
      return [field.slice(0, Math.max(equals, 0)).trim(), field.slice(equals + 1).trim()] as const;
    }),
  );
  const scope = readScope(fields.get("Credential") ?? "");
  const date = request.headers.get("x-oss-date") ?? "";
  return {
    accessKeyId: scope.accessKeyId,
    signs: signer(request, scope, date, fields.get("AdditionalHeaders") ?? "", fields.get("Signature") ?? ""),
    checkTime: (now) => checkSkew(readDate(date), now),
  };
}

/** The claim of an address with `x-oss-credential`, `x-oss-date`, `x-oss-expires` and `x-oss-signature`. */
export function claimOfUrlV4(request: SignedRequest): Claim {
  const { query } = request;
  const scope = readScope(query.get("x-oss-credential") ?? "");
  const date = query.get("x-oss-date") ?? "";
  const expires = query.get("x-oss-expires") ?? "";
  if (!/^\d{1,6}$/.test(expires) || Number(expires) > LONGEST_EXPIRY) {
    throw malformedAuthorization(`x-oss-expires is a number of seconds, at most ${LONGEST_EXPIRY}`);
  }
  return {
    accessKeyId: scope.accessKeyId,
    signs: signer(
      request,
      scope,
      date,
      query.get("x-oss-additional-headers") ?? "",
      query.get("x-oss-signature") ?? "",
    ),
    checkTime(now) {
      const from = readDate(date);
      if (from > now) checkSkew(from, now);
      checkExpiry(from + Number(expires) * 1000, now);
    },
  };
}

function readScope(credential: string): Scope {
  const match = /^(\S+)\/(\d{8})\/([^/\s]+)\/([^/\s]+)\/aliyun_v4_request$/.exec(credential);
  if (match === null) throw malformedAuthorization("Credential=AccessKeyId/day/region/oss/aliyun_v4_request");
  const [, accessKeyId, day, region, product] = match;
  return { accessKeyId: accessKeyId!, day: day!, region: region!, product: product! };
}

/** `20250102T030405Z` in milliseconds. */
function readDate(date: string): number {
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (date.length !== 16 || Number.isNaN(time)) {
    throw malformedAuthorization("x-oss-date is a time such as 20250102T030405Z");
  }
  return time;
}

function signer(request: SignedRequest, scope: Scope, date: string, additional: string, signature: string) {
  if (!date.startsWith(scope.day)) throw malformedAuthorization("the credential is for another day than x-oss-date");
  const payload = request.headers.get("x-oss-content-sha256") ?? UNSIGNED;
  if (payload !== UNSIGNED) {
    throw invalidArgument("x-oss-content-sha256", payload, `Bodies are not signed: send ${UNSIGNED}.`);
  }
  return (secret: string, target: Target) => {
    const key = [scope.day, scope.region, scope.product, "aliyun_v4_request"]
      .reduce<Buffer>(
        (key, part) => createHmac("sha256", key).update(part).digest(),
        Buffer.from(`aliyun_v4${secret}`),
      );
    return canonicalQueries(request.query).some((query) => {
      const canonical = canonicalRequest(request, target, query, additional, payload);
      const hash = createHash("sha256").update(canonical, "latin1").digest("hex");
      const text = `${ALGORITHM_V4}\n${date}\n${scope.day}/${scope.region}/${scope.product}/aliyun_v4_request\n${hash}`;
      return sameText(createHmac("sha256", key).update(text).digest("hex"), signature);
    });
  };
}

function canonicalRequest(request: SignedRequest, target: Target, query: string, additional: string, payload: string) {
  const uri = target.bucket === "" ? "/" : `/${target.bucket}/${target.key}`;
  const extra = new Set(additional.split(";"));
  const headers = [...request.headers]
    .filter(([name]) => /^(x-oss-.*|content-type|content-md5)$/.test(name) || extra.has(name))
    .map(([name, value]) => `${name}:${value}\n`).join("");
  return [request.method, encode(uri).replaceAll("%2F", "/"), query, headers, additional, payload].join("\n");
}

/**
 * The query as it may have been signed. OSS leaves the `=` out where a value is empty. ali-oss does so for
 * subresources (which it sends with one), and signs it for other parameters.
 */
function canonicalQueries(query: Map<string, string>): string[] {
  const pairs = [...query].filter(([name]) => name !== "x-oss-signature")
    .map(([name, value]) => ({ name: encode(name), value: encode(value), bare: isSubresource(name) }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
  const write = (equals: (bare: boolean) => boolean) =>
    pairs.map(({ name, value, bare }) => value !== "" || equals(bare) ? `${name}=${value}` : name).join("&");
  return [write(() => false), write((bare) => !bare)];
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
