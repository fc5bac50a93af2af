import { CrossCommError } from "./errors.ts";

/**
 * What a message carries. The values are what goes over the wire, so a plain string does as well.
 *
 * @example
 * ```ts
 * import { CommMsgType } from "@x/crosscomm";
 *
 * console.log(CommMsgType.TEXT); // "text"
 * ```
 */
export const CommMsgType = {
  /** A string. */
  TEXT: "text",
  /** A string that holds JSON. */
  JSON: "json",
  /** An object. */
  DICT: "dict",
  /** Bytes. */
  BYTES: "bytes",
  /** A picture, by path. */
  IMAGE: "image",
  /** A file, by path. */
  FILE: "file",
  /** A folder with all it holds, by path. */
  FOLDER: "folder",
} as const;

/** One of the seven message types, as it stands on the wire. */
export type CommMsgType = typeof CommMsgType[keyof typeof CommMsgType];

/** The types with which hub and clients run the connection; no listener sees them. */
export const ControlType = {
  LOGIN: "login",
  LOGIN_RESPONSE: "login_response",
  LOGOUT: "logout",
  HEARTBEAT: "heartbeat",
  LIST_CLIENTS: "list_clients",
  LIST_CLIENTS_RESPONSE: "list_clients_response",
  /** Version 2 alone: what became of messages. */
  RECEIPT: "receipt",
  /** Version 2 alone: what was stored is lost after all. */
  ERROR: "error",
  /** Version 2 alone: who has come online or gone offline. */
  PRESENCE: "presence",
} as const;

export type ControlType = typeof ControlType[keyof typeof ControlType];

/** All that the wire knows. */
export type WireType = CommMsgType | ControlType;

const userTypes: ReadonlySet<string> = new Set(Object.values(CommMsgType));
const controlTypes: ReadonlySet<string> = new Set(Object.values(ControlType));

export function isCommMsgType(type: unknown): type is CommMsgType {
  return typeof type === "string" && userTypes.has(type);
}

export function isWireType(type: string): type is WireType {
  return userTypes.has(type) || controlTypes.has(type);
}

export function isControlType(type: WireType): type is ControlType {
  return controlTypes.has(type);
}

/** The message types whose content lies in a store. */
export type FileType = "image" | "file" | "folder";

const fileTypes: ReadonlySet<CommMsgType> = new Set([CommMsgType.IMAGE, CommMsgType.FILE, CommMsgType.FOLDER]);

/** Whether a message of this type names an object in a store instead of carrying its content. */
export function isFileType(type: CommMsgType): type is FileType {
  return fileTypes.has(type);
}

/** Refuses what is not one of the message types. */
export function checkType(type: CommMsgType): void {
  if (isCommMsgType(type)) return;
  const types = Object.values(CommMsgType).join(", ");
  throw new CrossCommError("INVALID_ARGUMENT", `the message type must be one of ${types}, not ${JSON.stringify(type)}`);
}
