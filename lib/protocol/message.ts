import { encodeBase64 } from "@std/encoding/base64";
import { decodeContent, type MessageContent } from "./content.ts";
import { type Envelope, invalidFrame, readEnvelope } from "./envelope.ts";
import type { CrossCommError } from "./errors.ts";
import { jsonFault } from "./json_scan.ts";
import { type CommMsgType, isCommMsgType } from "./message_types.ts";

/** A message in the words of the wire, as Python's `Message.to_dict()` gives it. */
export interface MessageDict {
  /** The id of the message. */
  msg_id: string;
  /** Who sent it. */
  from_client_id: string;
  /** To whom: a client id, `"all"` or `"server"`. */
  to_client_id: string;
  /** What the content is. */
  msg_type: CommMsgType;
  /** The content as JSON has it: bytes are a base64 string. */
  content: unknown;
  /** When it was sent, in seconds since 1970. */
  timestamp: number;
  /** The key of the object that a file message names. */
  oss_key?: string | null;
}

/** What `new Message` takes. */
export interface MessageFields<T extends CommMsgType> {
  /** The id of the message. */
  msgId: string;
  /** Who sent it. */
  fromClientId: string;
  /** To whom: a client id, `"all"` or `"server"`. */
  toClientId: string;
  /** What the content is. */
  msgType: T;
  /** The content. */
  content: MessageContent[T];
  /** When it was sent, in seconds since 1970. */
  timestamp: number;
  /** The key of the object that a file message names; `null` or left out for the other types. */
  ossKey?: string | null;
  /** The JSON text that a dict was read from. */
  dictJson?: string;
  /** Why what a file message brought could not be downloaded. */
  downloadError?: CrossCommError | null;
}

/**
 * A message as a listener gets it.
 *
 * @example To and from the words of the wire
 * ```ts
 * import { Message } from "@x/crosscomm";
 *
 * const message = Message.fromDict({
 *   msg_id: "a_1732250000000_0123abcd",
 *   from_client_id: "a",
 *   to_client_id: "all",
 *   msg_type: "bytes",
 *   content: "aGk=",
 *   timestamp: 1732250000.123,
 *   oss_key: null,
 * });
 * console.log(message.content); // Uint8Array(2) [ 104, 105 ]
 * console.log(message.toDict().content); // "aGk="
 * ```
 */
export class Message<T extends CommMsgType = CommMsgType> {
  /** The id of the message, made by its sender. */
  readonly msgId: string;
  /** The id of the client that sent it, or `"server"`. */
  readonly fromClientId: string;
  /** Whom it is for: a client id, `"all"` or `"server"`. */
  readonly toClientId: string;
  /** What the content is. */
  readonly msgType: T;
  /** The content, the same for every sender's SDK: see {@linkcode MessageContent}. */
  readonly content: MessageContent[T];
  /** When it was sent by its sender's clock, in seconds since 1970, with fractions. */
  readonly timestamp: number;
  /** The key of the object that a file, image or folder message names; `null` for the other types. */
  readonly ossKey: string | null;
  /** Why a listener's download failed: `content` is then as its sender wrote it. `null` where none did. */
  readonly downloadError: CrossCommError | null;
  readonly #dictJson: string | undefined;

  /** Makes a message of its parts. */
  constructor(fields: MessageFields<T>) {
    this.msgId = fields.msgId;
    this.fromClientId = fields.fromClientId;
    this.toClientId = fields.toClientId;
    this.msgType = fields.msgType;
    this.content = fields.content;
    this.timestamp = fields.timestamp;
    this.ossKey = fields.ossKey ?? null;
    this.downloadError = fields.downloadError ?? null;
    this.#dictJson = fields.dictJson;
  }

  /**
   * The dict as JSON: of one that arrived, its sender's own text, in which numbers too large or too exact for
   * JavaScript, and the `NaN` that Python writes, are as they were sent. `undefined` for the other types.
   */
  get dictJson(): string | undefined {
    return this.msgType === "dict" ? this.#dictJson ?? JSON.stringify(this.content) : undefined;
  }

  /** The message in the words of the wire, ready for `JSON.stringify`. */
  toDict(): MessageDict {
    return {
      msg_id: this.msgId,
      from_client_id: this.fromClientId,
      to_client_id: this.toClientId,
      msg_type: this.msgType,
      content: this.content instanceof Uint8Array ? encodeBase64(this.content) : this.content,
      timestamp: this.timestamp,
      oss_key: this.ossKey,
    };
  }

  /**
   * Reads a message in the words of the wire.
   *
   * @throws {CrossCommError} `INVALID_FRAME`, saying what is missing or wrong.
   */
  static fromDict(dict: MessageDict): AnyMessage {
    return messageOf(readEnvelope(jsonOf(dict)));
  }
}

/** A message of the types `T`, such that `msgType` tells what `content` is. */
export type MessageOf<T extends CommMsgType> = T extends CommMsgType ? Message<T> : never;

/** A message of any type: `if (message.msgType === "text")` tells that `message.content` is a string. */
export type AnyMessage = MessageOf<CommMsgType>;

/** The message that a frame carries. */
export function messageOf(envelope: Envelope): AnyMessage {
  const { msgType } = envelope;
  if (!isCommMsgType(msgType)) throw invalidFrame(`${msgType} is for the connection, not for listeners`);
  const { contentJson } = envelope;
  const onWire = envelope.parseContent();
  const content = decodeContent(msgType, onWire, contentJson);
  return new Message({
    msgType,
    content,
    msgId: own(envelope.msgId),
    fromClientId: own(envelope.fromClientId),
    toClientId: own(envelope.toClientId),
    timestamp: envelope.timestamp,
    ossKey: envelope.ossKey && own(envelope.ossKey),
    dictJson: typeof onWire === "string" ? onWire : own(contentJson), // Java and Swift send a string that holds it
  }) as AnyMessage;
}

/** The same text by itself: as cut out of a frame, an id would keep the whole frame in memory for as long as it is kept. */
function own(text: string): string {
  return ` ${text}`.slice(1);
}

function jsonOf(dict: MessageDict): string {
  try {
    return JSON.stringify(dict);
  } catch (error) {
    throw invalidFrame(`it cannot be JSON: ${jsonFault(error)}`, error);
  }
}
