import { parseJson } from "./json_scan.ts";
import { OWN_FRAME_LIMIT } from "./item.ts";

/*
 * What ours say to each other at the login beyond version 1: the largest frame, in bytes, that each accepts, and from
 * the hub where files go. It stands in the content, which every deployed SDK ignores; who says nothing is one of those.
 */
const ownLimits = { limits: { frame_bytes: OWN_FRAME_LIMIT } };

/** The content of our client's login. */
export const loginOffer: string = JSON.stringify(ownLimits);

/** The store that the hub carries, and an access key of the client's own to it. */
export interface StorageGrant {
  bucket: string;
  accessKeyId: string;
  accessKeySecret: string;
  /** When the key ends, in seconds since 1970. Another login on the same connection brings a new one. */
  expires: number;
}

/** The content of the hub's answer that lets a client in. */
export function loginAccepted(storage?: StorageGrant): string {
  return JSON.stringify({
    status: "success",
    ...ownLimits,
    storage: storage && {
      bucket: storage.bucket,
      access_key_id: storage.accessKeyId,
      access_key_secret: storage.accessKeySecret,
      expires: storage.expires,
    },
  });
}

/** The store that an answer speaks of. */
export function storageIn(content: unknown): StorageGrant | undefined {
  const storage = member(asObject(content), "storage");
  const [bucket, accessKeyId, accessKeySecret] = ["bucket", "access_key_id", "access_key_secret"]
    .map((key) => member(storage, key))
    .filter((value) => typeof value === "string");
  const expires = member(storage, "expires");
  if (bucket === undefined || accessKeyId === undefined || accessKeySecret === undefined) return undefined;
  return { bucket, accessKeyId, accessKeySecret, expires: typeof expires === "number" ? expires : 0 };
}

/** Why a hub does not let a client in. */
export type LoginRefusal = "invalid_id" | "reserved_id" | "second_id";

/** The content of the hub's answer that does not let a client in. */
export function loginRefused(code: LoginRefusal, reason: string): string {
  return JSON.stringify({ status: "error", code, reason });
}

/** The largest frame that the sender of this login, or of this answer, says that it accepts. */
export function frameLimitIn(content: unknown): number | undefined {
  const bytes = member(member(asObject(content), "limits"), "frame_bytes");
  return typeof bytes === "number" && bytes > 0 ? bytes : undefined;
}

/** Why the hub's answer does not let this client in; `undefined` where it does. */
export function refusalIn(content: unknown): string | undefined {
  const answer = asObject(content);
  if (member(answer, "status") === "success") return undefined;
  const reason = member(answer, "reason");
  return typeof reason === "string" ? reason : `the hub answered ${JSON.stringify(content)}`;
}

/** Control content as a value: Swift puts it on the wire as a string. */
export function asObject(content: unknown): unknown {
  if (typeof content !== "string") return content;
  try {
    return parseJson(content);
  } catch {
    return undefined; // as Python: what cannot be read asks for nothing
  }
}

/** A member of what may be an object. */
export function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
