import { cyan, dim, green, yellow } from "@std/fmt/colors";
import type { AnyMessage, Receipt } from "../../client.ts";
import { strictJson } from "../protocol/json_scan.ts"; // JSON as Python writes it: nothing that users of the package need
import { say } from "./say.ts";
import { writeLine } from "./write_line.ts";

/** How much of a bytes message is shown. */
const SHOWN_BYTES = 32;

/** What a command prints: for a person, or with `--json` for a program. */
export class Output {
  readonly json: boolean;
  readonly #write: (line: string) => void;

  /** `write` puts a line on standard output; the interactive client has a way of its own. */
  constructor(json: boolean, write: (line: string) => void = writeLine) {
    this.json = json;
    this.#write = write;
  }

  /** The same output, written in another way. */
  via(write: (line: string) => void): Output {
    return new Output(this.json, write);
  }

  /** Prints a line for a person, or an object for a program. */
  print(line: string, object?: Record<string, unknown>): void {
    if (!this.json) this.#write(line);
    else if (object !== undefined) this.#write(JSON.stringify(object));
  }

  /** Prints a message that arrived. */
  message(message: AnyMessage): void {
    this.#write(this.json ? jsonOf(message) : formatMessage(message));
  }

  /** Prints what became of a message to `toClientId`. */
  receipt(receipt: Receipt, toClientId: string): void {
    const { msgId, status, recipients } = receipt;
    this.print(formatReceipt(receipt, printable(toClientId)), { msg_id: msgId, status, recipients });
  }

  /** Tells a person something on standard error. */
  note(line: string): void {
    say(dim(printable(line)));
  }

  /** Warns a person on standard error. */
  warn(line: string): void {
    say(`${yellow("warning")}: ${printable(line)}`);
  }
}

/**
 * A message in the words of the wire. Where its download failed, it says so: the content, which is its sender's then,
 * would else be taken for the path of the download. A dict stays as its sender wrote it: no depth of it, and no number,
 * is too much.
 */
function jsonOf(message: AnyMessage): string {
  const { dictJson, downloadError } = message;
  const members = Object.entries(message.toDict()).map(([key, value]) => {
    const json = key === "content" && dictJson !== undefined ? inOneLine(strictJson(dictJson)) : JSON.stringify(value);
    return `"${key}":${json}`;
  });
  if (downloadError !== null) members.push(`"download_error":${JSON.stringify(downloadError.message)}`);
  return `{${members.join(",")}}`;
}

/** JSON without the line breaks between its tokens; there are none within. */
function inOneLine(json: string): string {
  return json.replaceAll(/[\r\n]\s*/g, " ");
}

function formatMessage(message: AnyMessage): string {
  const { timestamp, fromClientId, toClientId, msgType, ossKey } = message;
  const key = ossKey === null ? "" : dim(` (object ${printable(ossKey)})`);
  // What goes on in a second line is not to be taken for another message.
  const content = formatContent(message).replaceAll("\n", "\n  ");
  return `${dim(clock(timestamp))} ${green(printable(fromClientId))} ${dim(`to ${printable(toClientId)}`)} ` +
    `${cyan(msgType)} ${content}${key}`;
}

function formatReceipt({ status, recipients }: Receipt, toClientId: string): string {
  if (status === "delivered") return `Delivered to ${toClientId}.`;
  if (status === "stored") return `Stored for ${toClientId}, who is offline.`;
  if (recipients === undefined) return `Sent to ${toClientId}.`;
  return recipients === 0
    ? "Sent to nobody: no other client is online."
    : `Sent to ${recipients} ${recipients === 1 ? "client" : "clients"}.`;
}

function formatContent(message: AnyMessage): string {
  const { msgType, content } = message;
  switch (msgType) {
    case "bytes": {
      const hex = [...content.subarray(0, SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
      return `${content.length} bytes: ${hex}${content.length > SHOWN_BYTES ? " …" : ""}`;
    }
    case "dict":
      return printable(inOneLine(message.dictJson!));
    default:
      return printable(content);
  }
}

let [lastSecond, lastClock] = [NaN, ""]; // many lines of a log are of one second

/** The time of day of a timestamp in seconds. */
export function clock(seconds: number): string {
  const second = Math.floor(seconds);
  if (second !== lastSecond) {
    const date = new Date(second * 1000);
    lastClock = Number.isNaN(date.getTime()) ? "--:--:--" : date.toTimeString().slice(0, 8);
    lastSecond = second;
  }
  return lastClock;
}

/** A moment in seconds since 1970, as its date and time here. */
export function dateAndTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "never" : date.toLocaleString();
}

/** Text from elsewhere without what would steer the terminal, or turn around what stands beside it; line breaks and tabs stay. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the ones to catch
  return text.replace(/\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, (control) => {
    const code = control.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}
