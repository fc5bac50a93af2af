import { readHead, writeEnvelope } from "../protocol/envelope.ts";
import { makeMessageId, SERVER_ID } from "../protocol/ids.ts";
import { Item } from "../protocol/item.ts";
import { encodeLoss, type LossCode } from "../protocol/lost_message.ts";
import { ControlType } from "../protocol/message_types.ts";
import type { Letter, LetterHead } from "./mailbox.ts";
import { missedBy, type Sender } from "./parcel.ts";
import type { PeerLog } from "./peer_log.ts";

/** Tells the sender of a letter that it will not be delivered. */
export function noticeOfLoss({ msgId, clientId, fromClientId }: LetterHead, code: LossCode): Item {
  return new Item(writeEnvelope({
    msgId: makeMessageId(SERVER_ID),
    fromClientId: SERVER_ID,
    toClientId: fromClientId,
    msgType: ControlType.ERROR,
    contentJson: encodeLoss(code, msgId, clientId),
  }));
}

/** Whether a letter is such a notice. */
export function isNoticeOfLoss({ fromClientId }: Letter, item: Item): boolean {
  return fromClientId === SERVER_ID && readHead(item).msgType === ControlType.ERROR;
}

/** Hears what becomes of notices: of one that is lost itself there is no further notice, but a line in the log. */
export function noticeSender(log: PeerLog): Sender {
  return {
    settle(_number, outcome, item) {
      if (outcome === "delivered" || outcome === "sent" || outcome === "stored") return;
      const { toClientId } = readHead(item);
      log.warn("{complaint}", { complaint: missedBy(item, [`${toClientId} (${outcome.replaceAll("_", " ")})`]) });
    },
    reached() {},
  };
}
