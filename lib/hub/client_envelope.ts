import { type Envelope, invalidFrame, readEnvelope } from "../protocol/envelope.ts";
import type { Item } from "../protocol/item.ts";
import { isControlType } from "../protocol/message_types.ts";

/** The longest id of a message, in characters: the mailbox keeps it three times and counts it once. */
const MAX_ID_LENGTH = 1024;
/** How long what a client asks of the hub may be, in characters: 60 MB of `[{},{},…` took 20 s to read, and 4 GB. */
const MAX_REQUEST_LENGTH = 64 * 1024;

/**
 * Reads what a client sends, as far as the hub makes something of it itself: the rest it passes on as it is.
 *
 * @throws {CrossCommError} `INVALID_FRAME`
 */
export function readClientEnvelope(item: Item): Envelope {
  const envelope = readEnvelope(item);
  const { msgId, msgType, contentLength } = envelope;
  if (!isControlType(msgType)) {
    if (msgId.length > MAX_ID_LENGTH) throw invalidFrame(`its msg_id has more than ${MAX_ID_LENGTH} characters`);
  } else if (contentLength > MAX_REQUEST_LENGTH) {
    throw invalidFrame(`a ${msgType} has no more than ${MAX_REQUEST_LENGTH} characters`);
  }
  return envelope;
}
