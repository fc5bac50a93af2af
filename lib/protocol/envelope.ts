import { CrossCommError } from "./errors.ts";
import { Item } from "./item.ts";
import { jsonFault, JsonScanError, parseJson, skipSpace, skipString, skipValue } from "./json_scan.ts";
import { isWireType, type WireType } from "./message_types.ts";

/** The keys of an envelope, in the order in which Python writes them. The wire knows exactly these. */
enum Key {
  msg_id,
  from_client_id,
  to_client_id,
  msg_type,
  content,
  timestamp,
  oss_key,
}

const KEYS = Object.values(Key).filter((key) => typeof key === "string");
const quotedKeys = KEYS.map((key) => `"${key}"`);

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
  /** The content, in the sender's own text. */
  readonly contentJson: string;

  constructor(values: Values) {
    this.msgId = values.msgId;
    this.fromClientId = values.fromClientId;
    this.toClientId = values.toClientId;
    this.msgType = wireType(values.msgType);
    this.timestamp = values.timestamp;
    this.ossKey = values.ossKey;
    this.item = values.item;
    this.contentJson = values.contentJson;
  }

  /** How long the content is as it stands in the frame, in characters. */
  get contentLength(): number {
    return this.contentJson.length;
  }

  /**
   * The content as a value. Built anew at each call.
   *
   * @throws {CrossCommError} `INVALID_FRAME` where it is nested too deeply to be built.
   */
  parseContent(): unknown {
    try {
      return parseJson(this.contentJson);
    } catch (error) {
      throw invalidFrame(`its content cannot be read: ${jsonFault(error)}`, error);
    }
  }
}

/** What stands at the head of a frame: whose it is, and what. */
export type EnvelopeHead = Pick<Envelope, "msgId" | "fromClientId" | "toClientId" | "msgType">;

/** Reads the head of a frame that has been read before: what is checked is not checked again, however long it is. */
export function readHead(item: Item): EnvelopeHead {
  HEAD.lastIndex = 0;
  const head = HEAD.exec(item.text);
  if (head === null) return readEnvelope(item);
  return { msgId: head[1]!, fromClientId: head[2]!, toClientId: head[3]!, msgType: wireType(head[4]!) };
}

/** What is read of a frame. */
type Values = Omit<EnvelopeFields, "msgType" | "ossKey"> & {
  msgType: string;
  timestamp: number;
  ossKey: string | null;
  item: Item;
};

/**
 * Reads a frame.
 *
 * @throws {CrossCommError} `INVALID_FRAME`, saying what is wrong with it.
 */
export function readEnvelope(frame: string | Item): Envelope {
  const item = typeof frame === "string" ? new Item(frame) : frame;
  try {
    return new Envelope(readAsMostWrite(item) ?? readAnyOrder(item));
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    throw invalidFrame(error.message, error);
  }
}

// As most SDKs write it: the keys in Python's order, nothing that is escaped in an id. A quarter of the time of looking
// at key after key.
const plainString = String.raw`"([^"\\\x00-\x1f]*)"`;
const HEAD = new RegExp(
  String.raw`\{"msg_id": ?${plainString}, ?"from_client_id": ?${plainString}, ?"to_client_id": ?${plainString}` +
    String.raw`, ?"msg_type": ?${plainString}, ?"content": ?`,
  "y",
);
const TAIL = new RegExp(
  String.raw`, ?"timestamp": ?([1-9]\d*(?:\.\d+)?), ?"oss_key": ?(?:null|${plainString})\}$`,
  "y",
);

function readAsMostWrite(item: Item): Values | undefined {
  const { text } = item;
  HEAD.lastIndex = 0;
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const start = HEAD.lastIndex;
  const end = TAIL.lastIndex = skipValue(text, start);
  const tail = TAIL.exec(text);
  if (tail === null) return undefined;
  return {
    msgId: head[1]!,
    fromClientId: head[2]!,
    toClientId: head[3]!,
    msgType: head[4]!,
    contentJson: text.slice(start, end),
    timestamp: Number(tail[1]),
    ossKey: tail[2] ?? null,
    item,
  };
}

function readAnyOrder(item: Item): Values {
  const members = findMembers(item);
  return {
    msgId: stringOf(members, Key.msg_id),
    fromClientId: stringOf(members, Key.from_client_id),
    toClientId: stringOf(members, Key.to_client_id),
    msgType: stringOf(members, Key.msg_type),
    contentJson: jsonOf(members, Key.content),
    timestamp: numberOf(members, Key.timestamp),
    ossKey: isNull(members, Key.oss_key) ? null : stringOf(members, Key.oss_key),
    item: members.plain ? item : new Item(rewrite(members)),
  };
}

/** Where in a frame the values of the seven keys stand. */
interface Members {
  item: Item;
  /** By key: where its value starts and ends; 0 where the key is missing. */
  starts: number[];
  ends: number[];
  /** Whether there was nothing else: no unknown key, none twice. */
  plain: boolean;
}

function findMembers(item: Item): Members {
  const { text } = item;
  const members: Members = { item, starts: [0, 0, 0, 0, 0, 0, 0], ends: [0, 0, 0, 0, 0, 0, 0], plain: true };
  let index = skipSpace(text, 0);
  if (text[index] !== "{") throw invalidFrame(index < text.length ? "it is not a JSON object" : "it is empty");
  index = skipSpace(text, index + 1);
  let expected = 0; // most SDKs write the keys in one order, which saves looking them up
  if (text[index] !== "}") {
    for (;;) {
      const nameEnd = skipString(text, index);
      const key = nameEnd - index === quotedKeys[expected]?.length && text.startsWith(quotedKeys[expected]!, index)
        ? expected
        : KEYS.indexOf(decodeString(text.slice(index, nameEnd)));
      index = skipSpace(text, nameEnd);
      if (text[index] !== ":") throw new JsonScanError(text, index);
      const start = skipSpace(text, index + 1);
      const end = skipValue(text, start);
      if (key < 0 || members.starts[key] !== 0) members.plain = false;
      if (key >= 0) {
        members.starts[key] = start; // of two, the last counts, as in Python
        members.ends[key] = end;
        expected = key + 1;
      }
      index = skipSpace(text, end);
      if (text[index] !== ",") break;
      index = skipSpace(text, index + 1);
    }
    if (text[index] !== "}") throw new JsonScanError(text, index);
  }
  index = skipSpace(text, index + 1);
  if (index < text.length) throw new JsonScanError(text, index);
  return members;
}

function jsonOf({ item, starts, ends }: Members, key: Key): string {
  if (starts[key] === 0) throw invalidFrame(`the key ${KEYS[key]} is missing`);
  return item.text.slice(starts[key], ends[key]);
}

function stringOf(members: Members, key: Key): string {
  const json = jsonOf(members, key);
  if (!json.startsWith('"')) throw invalidFrame(`${KEYS[key]} is not a string`);
  return decodeString(json);
}

function numberOf(members: Members, key: Key): number {
  const json = jsonOf(members, key);
  const number = Number(json);
  if (Number.isNaN(number) && json !== "NaN") throw invalidFrame(`${KEYS[key]} is not a number`);
  return number;
}

function wireType(type: string): WireType {
  if (!isWireType(type)) throw invalidFrame(`the msg_type ${JSON.stringify(type)} is unknown`);
  return type;
}

function isNull({ item, starts }: Members, key: Key): boolean {
  return starts[key] === 0 || item.text.startsWith("null", starts[key]);
}

/** The same frame with the seven keys alone, each value in the sender's own text. */
function rewrite(members: Members): string {
  const kept = KEYS.map((_, key) => key).filter((key) => members.starts[key] !== 0);
  return `{${kept.map((key) => `${quotedKeys[key]}:${jsonOf(members, key)}`).join(",")}}`;
}

function decodeString(quoted: string): string {
  return quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1);
}

/** An error that says of a frame what is wrong with it. */
export function invalidFrame(what: string, cause?: unknown): CrossCommError {
  return new CrossCommError("INVALID_FRAME", `this frame is no message: ${what}`, { cause });
}
