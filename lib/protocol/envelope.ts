import { CrossCommError } from "./errors.ts";
import { Item } from "./item.ts";
import { JsonScanError, parseJson, skipSpace, skipString, skipValue } from "./json_scan.ts";
import { isWireType, type WireType } from "./message_types.ts";

/** The keys of an envelope, in the order in which Python writes them. The wire knows exactly these. */
const KEYS = ["msg_id", "from_client_id", "to_client_id", "msg_type", "content", "timestamp", "oss_key"] as const;
type Key = typeof KEYS[number];

/** The seven values of an envelope as they stand in a frame. `contentJson` is the JSON text of the content. */
export interface EnvelopeFields {
  msgId: string;
  fromClientId: string;
  toClientId: string;
  msgType: WireType;
  contentJson: string;
  ossKey?: string | null;
}

/** Writes a frame, with the time of now. */
export function writeEnvelope(fields: EnvelopeFields): string {
  return `{"msg_id":${JSON.stringify(fields.msgId)}` +
    `,"from_client_id":${JSON.stringify(fields.fromClientId)}` +
    `,"to_client_id":${JSON.stringify(fields.toClientId)}` +
    `,"msg_type":"${fields.msgType}"` +
    `,"content":${fields.contentJson}` +
    `,"timestamp":${Date.now() / 1000}` +
    `,"oss_key":${JSON.stringify(fields.ossKey ?? null)}}`;
}

/** A frame that has been read as far as routing needs it: its content is checked, but not built. */
export class Envelope {
  readonly msgId: string;
  readonly fromClientId: string;
  readonly toClientId: string;
  readonly msgType: WireType;
  readonly timestamp: number;
  readonly ossKey: string | null;
  /** What a receiver gets: the sender's own text, cut down to the seven keys where it had more. */
  readonly item: Item;
  readonly #contentJson: string;

  constructor(members: Members) {
    const { text, values } = members;
    const raw = (key: Key) => {
      const value = values.get(key);
      if (value === undefined) throw invalidFrame(`the key ${key} is missing`);
      return value;
    };
    const string = (key: Key) => {
      const value = raw(key);
      if (!value.startsWith('"')) throw invalidFrame(`${key} is not a string`);
      return decodeString(value);
    };
    this.msgId = string("msg_id");
    this.fromClientId = string("from_client_id");
    this.toClientId = string("to_client_id");
    this.#contentJson = raw("content");
    this.timestamp = Number(raw("timestamp"));
    if (!/^[-\dNI]/.test(raw("timestamp"))) throw invalidFrame("timestamp is not a number");
    const type = string("msg_type");
    if (!isWireType(type)) throw invalidFrame(`the msg_type ${JSON.stringify(type)} is unknown`);
    this.msgType = type;
    this.ossKey = (values.get("oss_key") ?? "null") === "null" ? null : string("oss_key");
    this.item = new Item(members.plain ? text : rewrite(values));
  }

  /** The content as a value. Built anew at each call. */
  parseContent(): unknown {
    return parseJson(this.#contentJson);
  }
}

/** The members of a frame: the text of the value behind each key that the wire knows. */
interface Members {
  text: string;
  values: Map<Key, string>;
  /** Whether there was nothing else: no unknown key, none twice. */
  plain: boolean;
}

/**
 * Reads a frame.
 *
 * @throws {CrossCommError} `INVALID_FRAME`, saying what is wrong with it.
 */
export function readEnvelope(frame: string): Envelope {
  try {
    return new Envelope(readMembers(frame));
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    throw invalidFrame(error.message, error);
  }
}

function readMembers(text: string): Members {
  const values = new Map<Key, string>();
  let plain = true;
  let index = skipSpace(text, 0);
  if (text[index] !== "{") {
    throw index < text.length ? invalidFrame("it is not a JSON object") : invalidFrame("it is empty");
  }
  do {
    const nameStart = skipSpace(text, index + 1);
    if (text[nameStart] === "}" && text[index] === "{") {
      index = nameStart;
      break;
    }
    const nameEnd = skipString(text, nameStart);
    index = skipSpace(text, nameEnd);
    if (text[index] !== ":") throw new JsonScanError(text, index);
    const valueStart = skipSpace(text, index + 1);
    index = skipValue(text, valueStart);
    const key = decodeString(text.slice(nameStart, nameEnd));
    if (!isKey(key) || values.has(key)) plain = false;
    if (isKey(key)) values.set(key, text.slice(valueStart, index)); // of two, the last counts, as in Python
    index = skipSpace(text, index);
  } while (text[index] === ",");
  if (text[index] !== "}") throw new JsonScanError(text, index);
  const end = skipSpace(text, index + 1);
  if (end < text.length) throw new JsonScanError(text, end);
  return { text, values, plain };
}

/** The same frame with the seven keys alone, each value in the sender's own text. */
function rewrite(values: Map<Key, string>): string {
  const members = KEYS.filter((key) => values.has(key)).map((key) => `"${key}":${values.get(key)}`);
  return `{${members.join(",")}}`;
}

const keys: ReadonlySet<string> = new Set(KEYS);

function isKey(name: string): name is Key {
  return keys.has(name);
}

function decodeString(quoted: string): string {
  return quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1);
}

/** An error that says of a frame what is wrong with it. */
export function invalidFrame(what: string, cause?: unknown): CrossCommError {
  return new CrossCommError("INVALID_FRAME", `this frame is no message: ${what}`, { cause });
}
