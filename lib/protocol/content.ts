import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { invalidFrame } from "./envelope.ts";
import { CrossCommError } from "./errors.ts";
import { jsonFault, parseJson } from "./json_scan.ts";
import { CommMsgType } from "./message_types.ts";

/** What a listener finds in `content`, by message type. */
export interface MessageContent {
  /** The text. */
  text: string;
  /** A string that holds JSON; `JSON.parse` it. Numbers of any size are in it as the sender wrote them. */
  json: string;
  /** The object, whether its sender put it on the wire as an object or as a string. */
  dict: Record<string, unknown>;
  /** The bytes. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The path of the picture: where it was downloaded to, or else the sender's own, or the object key (Java). */
  image: string;
  /** The path of the file, in the same way. */
  file: string;
  /** The path of the folder that directly holds what was sent, in the same way. */
  folder: string;
}

/** What `sendMessage` takes as content, by message type. */
export interface SendContent {
  /** Any string. */
  text: string;
  /** A string that holds JSON, or a value to be turned into JSON. */
  json: unknown;
  /** An object that JSON can hold. */
  dict: object;
  /** Bytes. */
  bytes: Uint8Array | ArrayBuffer;
  /** A path. */
  image: string;
  /** A path. */
  file: string;
  /** A path. */
  folder: string;
}

/**
 * The JSON text that stands for `content` on the wire.
 *
 * @throws {CrossCommError} `INVALID_CONTENT` where the content does not fit the type.
 */
export function encodeContent(type: CommMsgType, content: unknown): string {
  switch (type) {
    case CommMsgType.JSON:
      return JSON.stringify(typeof content === "string" ? checkedJson(content) : toJson(type, content));
    case CommMsgType.DICT: {
      const json = isBytes(content) ? undefined : toJson(type, content);
      if (!json?.startsWith("{")) throw misfit(type, "an object", content);
      return json;
    }
    case CommMsgType.BYTES:
      if (content instanceof ArrayBuffer) content = new Uint8Array(content);
      if (!(content instanceof Uint8Array)) throw misfit(type, "a Uint8Array or an ArrayBuffer", content);
      return `"${encodeBase64(content)}"`;
    default:
      if (typeof content !== "string") throw misfit(type, "a string", content);
      return JSON.stringify(content);
  }
}

/**
 * What a listener gets for the `content` of a frame, whichever SDK sent it. `json` is its text on the wire.
 *
 * @throws {CrossCommError} `INVALID_FRAME` where it cannot be read as its type.
 */
export function decodeContent<T extends CommMsgType>(type: T, content: unknown, json?: string): MessageContent[T];
export function decodeContent(type: CommMsgType, content: unknown, json?: string): MessageContent[CommMsgType] {
  switch (type) {
    case CommMsgType.DICT: {
      const dict = typeof content === "string" ? parsed(content) : content;
      if (typeof dict !== "object" || dict === null || Array.isArray(dict)) {
        throw invalidFrame("the content of a dict message is not an object");
      }
      return dict as Record<string, unknown>;
    }
    case CommMsgType.BYTES:
      if (typeof content !== "string") throw invalidFrame("the content of a bytes message is not base64");
      try {
        return decodeBase64(content);
      } catch (error) {
        throw invalidFrame("the content of a bytes message is not base64", error);
      }
    default:
      return typeof content === "string" ? content : json ?? JSON.stringify(content);
  }
}

function parsed(json: string): unknown {
  try {
    return parseJson(json);
  } catch (error) {
    throw invalidFrame("the content of a dict message does not parse", error);
  }
}

function checkedJson(json: string): string {
  try {
    JSON.parse(json);
    return json;
  } catch (cause) {
    throw new CrossCommError(
      "INVALID_CONTENT",
      "a json message takes a string that holds JSON, or a value that is not a string; this string does not parse",
      { cause },
    );
  }
}

/** JSON, refusing what `JSON.stringify` would drop or change without a word. */
function toJson(type: CommMsgType, content: unknown): string {
  try {
    const json = JSON.stringify(content, refuseLoss);
    if (json !== undefined) return json;
  } catch (cause) {
    const why = `the content of this ${type} message cannot be JSON: ${jsonFault(cause)}`;
    throw new CrossCommError("INVALID_CONTENT", why, { cause });
  }
  throw misfit(type, "a value that JSON can hold", content);
}

function refuseLoss(key: string, value: unknown): unknown {
  const lost = typeof value === "number" && !Number.isFinite(value) ||
    typeof value === "function" || typeof value === "symbol" || typeof value === "bigint" ||
    value instanceof Map || value instanceof Set || isBytes(value);
  if (lost) {
    const what = typeof value === "object" ? `a ${value!.constructor.name}` : `${typeof value} ${String(value)}`;
    throw new TypeError(`JSON has no place for ${what}${key === "" ? "" : ` under the key ${JSON.stringify(key)}`}`);
  }
  return value;
}

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

function misfit(type: CommMsgType, wanted: string, content: unknown): CrossCommError {
  const got = content === null ? "null" : Array.isArray(content) ? "an array" : nameOf(content);
  return new CrossCommError("INVALID_CONTENT", `a ${type} message takes ${wanted}, not ${got}`);
}

function nameOf(content: unknown): string {
  return content instanceof Date || isBytes(content)
    ? `a ${content!.constructor.name}`
    : `a value of type ${typeof content}`;
}
