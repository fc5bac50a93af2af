import { CrossCommError, type ErrorCode } from "./errors.ts";
import { asObject, member } from "./login.ts";

/** A message that was stored for its addressee, and will not be delivered after all. */
export interface LostMessage {
  /** The id that the message went out under, as its receipt had it. */
  msgId: string;
  /** Whom it was for. */
  toClientId: string;
  /** Why it was lost: `EXPIRED`, or `MESSAGE_TOO_LARGE` where the addressee accepts no message of its size. */
  error: CrossCommError;
}

/** Why a message that was stored is lost, as the wire has it. */
export type LossCode = "expired" | "too_large";

const reasons: Record<LossCode, string> = {
  expired: "it waited for its addressee for too long",
  too_large: "it is larger than its addressee, who has come back, accepts",
};

const errorCodes: ReadonlyMap<string, ErrorCode> = new Map([
  ["expired", "EXPIRED"],
  ["too_large", "MESSAGE_TOO_LARGE"],
]);

/** The JSON text of the content of an `error`. */
export function encodeLoss(code: LossCode, msgId: string, toClientId: string): string {
  return JSON.stringify({ code, reason: reasons[code], msg_id: msgId, to_client_id: toClientId });
}

/** Reads the content of an `error`; `undefined` where it speaks of no message. */
export function decodeLoss(content: unknown): LostMessage | undefined {
  const loss = asObject(content);
  const [code, reason, msgId, toClientId] = ["code", "reason", "msg_id", "to_client_id"]
    .map((key) => member(loss, key));
  if (typeof msgId !== "string" || typeof toClientId !== "string") return undefined;
  const why = `the message ${msgId} to ${toClientId} was stored, and is lost: ${reason ?? code}`;
  return { msgId, toClientId, error: new CrossCommError(errorCodes.get(String(code)) ?? "REFUSED", why) };
}
