import { parseJson } from "./json_scan.ts";
import { OWN_FRAME_LIMIT } from "./item.ts";

/** The store that the hub carries, and an access key of the client's own to it. */
export interface StorageGrant {
  bucket: string;
  accessKeyId: string;
  accessKeySecret: string;
  /** When the key ends, in seconds since 1970. Another login on the same connection brings a new one. */
  expires: number;
}

/** The content of the hub's answer that lets a client in, with a session where both speak version 2. */
export function loginAccepted(storage?: StorageGrant, session?: SessionGrant): string {
  return JSON.stringify({ // what is undefined is left out
    status: "success",
    protocol: session && 2,
    session: session?.id,
    resumed: session?.resumed,
    received: session?.received,
    limits: { frame_bytes: OWN_FRAME_LIMIT },
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
export type LoginRefusal = "invalid_id" | "reserved_id" | "second_id" | "id_in_use" | "not_authorised";

/** The content of the hub's answer that does not let a client in. */
export function loginRefused(code: LoginRefusal, reason: string): string {
  return JSON.stringify({ status: "error", code, reason });
}

/** What a hub and a client have told each other, as the hub's answer names it. */
export interface SessionGrant {
  /** The session's secret name. */
  id: string;
  /** Whether it is the one that the client asked to resume. */
  resumed: boolean;
  /** The number of the last item that the hub has of the client's. */
  received: number;
}

/** The session that an answer names; `undefined` where it speaks version 1. */
export function sessionIn(content: unknown): SessionGrant | undefined {
  const answer = asObject(content);
  const id = member(answer, "session");
  if (protocolIn(answer) !== 2 || typeof id !== "string") return undefined;
  const received = member(answer, "received");
  return {
    id,
    resumed: member(answer, "resumed") === true,
    received: Number.isSafeInteger(received) ? received as number : 0,
  };
}

/** The version of the protocol that the sender of this login, or of this answer, offers. */
export function protocolIn(content: unknown): 1 | 2 {
  return member(asObject(content), "protocol") === 2 ? 2 : 1;
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
