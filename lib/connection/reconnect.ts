import { checkSeconds } from "../protocol/check.ts";

/** How a client comes back when the connection is lost. */
export interface ReconnectOptions {
  /** How long to wait from one attempt to the next at most, in seconds. Default: 30. */
  maxDelay?: number;
  /** For how long to try, in seconds. Default: for ever. */
  giveUpAfter?: number;
}

/** The same with nothing left out. */
export type ReconnectPolicy = Required<ReconnectOptions>;

/** What a client is to do when the connection is lost; `undefined` where that is the end. */
export function reconnectPolicy(reconnect: boolean | ReconnectOptions = true): ReconnectPolicy | undefined {
  if (reconnect === false) return undefined;
  const { maxDelay = 30, giveUpAfter = Infinity } = reconnect === true ? {} : reconnect;
  checkSeconds("maxDelay", maxDelay);
  if (giveUpAfter !== Infinity) checkSeconds("giveUpAfter", giveUpAfter);
  return { maxDelay, giveUpAfter };
}
