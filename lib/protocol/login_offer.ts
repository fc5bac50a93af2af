import { OWN_FRAME_LIMIT } from "./item.ts";
import { asObject, frameLimitIn, member, protocolIn } from "./login.ts";

/*
 * What a client's login says beyond version 1. It stands in the content, which every deployed SDK ignores; who says
 * nothing is one of those.
 */

/** A session that a client wants to go on with. */
export interface Resume {
  /** The secret name that the hub gave it. */
  session: string;
  /** The number of the last item that the client has of the hub's. */
  received: number;
}

/** What a client's login offers. */
export interface LoginOffer {
  protocol: 1 | 2;
  /** The largest frame, in bytes, that the client accepts; `undefined` where it does not say. */
  frameLimit: number | undefined;
  resume: Resume | undefined;
  token: string | undefined;
  /** Whether it wants to be told who comes online and who goes offline. */
  presence: boolean;
}

/** Writes the content of our client's login. */
export function loginOffer(
  { resume, token, presence }: Partial<Omit<LoginOffer, "protocol" | "frameLimit">> = {},
): string {
  const limits = { frame_bytes: OWN_FRAME_LIMIT };
  return JSON.stringify({ protocol: 2, limits, resume, token, presence: presence || undefined });
}

/** Reads the content of any client's login. What makes no sense counts as not said. */
export function readLoginOffer(content: unknown): LoginOffer {
  const offer = asObject(content);
  const token = member(offer, "token");
  return {
    protocol: protocolIn(offer),
    frameLimit: frameLimitIn(offer),
    resume: resumeIn(offer),
    token: typeof token === "string" ? token : undefined,
    presence: member(offer, "presence") === true,
  };
}

function resumeIn(offer: unknown): Resume | undefined {
  const resume = member(offer, "resume");
  const [session, received] = [member(resume, "session"), member(resume, "received")];
  if (typeof session !== "string" || !Number.isSafeInteger(received) || received as number < 0) return undefined;
  return { session, received: received as number };
}
