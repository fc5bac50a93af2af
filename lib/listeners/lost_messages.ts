import { getLogger } from "@logtape/logtape";
import type { LostMessage } from "../protocol/lost_message.ts";
import { Feed } from "./feed.ts";

const log = getLogger(["crosscomm", "listeners"]);

/** Messages that were stored and are lost after all; where nobody wants to hear of them, they are in the log. */
export function lostMessages(): Feed<LostMessage> {
  return new Feed(({ error }) => log.warn("{error}", { error: error.message }));
}
