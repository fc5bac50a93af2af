import { CommMsgType } from "../../client.ts";
import { jsonFault } from "../protocol/json_scan.ts";
import { nearest, UsageError } from "./flags.ts";

/** The message type of that name. */
export function messageType(name: string): CommMsgType {
  const types = Object.values(CommMsgType);
  const type = types.find((type) => type === name);
  if (type !== undefined) return type;
  throw new UsageError(`there is no message type ${name}${nearest(name, types)} (the types: ${types.join(", ")})`);
}

/** The message types whose content is a path. */
export const fileTypes = [CommMsgType.FILE, CommMsgType.IMAGE, CommMsgType.FOLDER] as const;

/** What a person typed, as the content of a message: bytes are typed in hexadecimal. */
export function typedContent(type: CommMsgType, typed: string): unknown {
  switch (type) {
    case CommMsgType.DICT:
      return exactly(typed, parse(typed, 'a dict is typed as JSON, such as {"temperature": 21.5}'));
    case CommMsgType.JSON:
      parse(typed, "this is no JSON, such as [1, 2]");
      return typed; // numbers stay as they were typed
    case CommMsgType.BYTES:
      return bytesOf(typed);
    case CommMsgType.TEXT:
      return typed;
    default:
      if (typed === "") throw new UsageError(`the path of the ${type} is missing`);
      return typed;
  }
}

function parse(typed: string, complaint: string): unknown {
  try {
    return JSON.parse(typed);
  } catch (error) {
    throw new UsageError(`${complaint} (${(error as Error).message})`);
  }
}

/** A dict that goes out with each number as it was typed, however large or exact it is. */
function exactly(typed: string, dict: unknown): unknown {
  if (typeof dict !== "object") return dict; // which is none
  // Newer than TypeScript's own types of JSON.
  const { parse, rawJSON } = JSON as unknown as {
    parse(text: string, reviver: (key: string, value: unknown, from: { source?: string }) => unknown): unknown;
    rawJSON(json: string): unknown;
  };
  try {
    return parse(typed, (_key, value, { source }) => typeof value === "number" ? rawJSON(source!) : value);
  } catch (error) {
    throw new UsageError(`this dict cannot be sent: ${jsonFault(error)}`);
  }
}

function bytesOf(typed: string): Uint8Array {
  const digits = typed.replaceAll(/\s/g, "");
  if (/^([0-9a-f]{2})*$/i.test(digits)) return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  throw new UsageError(
    `bytes are typed in hexadecimal, such as "68 65 6c 6c 6f"; from standard input they are taken as they are`,
  );
}
