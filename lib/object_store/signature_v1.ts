import { createHmac } from "node:crypto";
import type { Target } from "./address.ts";
import {
  asBytes,
  checkExpiry,
  checkSkew,
  type Claim,
  malformedAuthorization,
  sameText,
  type SignedRequest,
} from "./signature.ts";
import { isSubresource } from "./subresources.ts";

/** The claim of an `Authorization: OSS id:signature` header. */
export function claimOfHeaderV1(request: SignedRequest, authorization: string): Claim {
  const match = /^OSS ([^\s:]+):(\S+)$/.exec(authorization);
  if (match === null) throw malformedAuthorization("OSS AccessKeyId:Signature");
  const date = request.headers.get("x-oss-date") ?? request.headers.get("date") ?? "";
  return {
    accessKeyId: match[1]!,
    signs: (secret, target) => signs(request, target, date, secret, match[2]!),
    checkTime(now) {
      const time = Date.parse(date);
      if (Number.isNaN(time)) throw malformedAuthorization("a request needs a Date or x-oss-date header");
      checkSkew(time, now);
    },
  };
}

/** The claim of an address with `OSSAccessKeyId`, `Expires` and `Signature`. */
export function claimOfUrlV1(request: SignedRequest): Claim {
  const expires = request.query.get("Expires") ?? "";
  const signature = request.query.get("Signature") ?? "";
  if (!/^\d{1,15}$/.test(expires)) throw malformedAuthorization("Expires is a time in seconds");
  return {
    accessKeyId: request.query.get("OSSAccessKeyId")!,
    signs: (secret, target) => signs(request, target, expires, secret, signature),
    checkTime: (now) => checkExpiry(Number(expires) * 1000, now),
  };
}

function signs(request: SignedRequest, target: Target, date: string, secret: string, signature: string): boolean {
  const { method, headers, query } = request;
  const ossHeaders = [...headers].filter(([name]) => name.startsWith("x-oss-")) // in order already
    .map(([name, value]) => `${name}:${value}\n`).join("");
  const subresources = [...query].filter(([name]) => isSubresource(name)).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => value === "" ? name : `${name}=${value}`).join("&");
  const resource = target.bucket === "" ? "/" : `/${target.bucket}/${target.key}`;
  const text = [
    method,
    headers.get("content-md5") ?? "",
    headers.get("content-type") ?? "",
    date,
    ossHeaders + asBytes(subresources === "" ? resource : `${resource}?${subresources}`),
  ].join("\n");
  return sameText(createHmac("sha1", secret).update(text, "latin1").digest("base64"), signature);
}
