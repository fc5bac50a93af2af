import { cyan, dim, green, yellow } from "@std/fmt/colors";
import type { AnyMessage, Receipt } from "../../client.ts";
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
    this.print(formatMessage(message), { ...message.toDict() });
  }

  /** Prints what became of a message to `toClientId`. */
  receipt(receipt: Receipt, toClientId: string): void {
    const { msgId, status, recipients } = receipt;
    this.print(formatReceipt(receipt, printable(toClientId)), { msg_id: msgId, status, recipients });
  }

  /** Tells a person something on standard error. */
  note(line: string): void {
    say(dim(line));
  }

  /** Warns a person on standard error. */
  warn(line: string): void {
    say(`${yellow("warning")}: ${line}`);
  }
}

function formatMessage(message: AnyMessage): string {
  const { timestamp, fromClientId, toClientId, msgType, ossKey } = message;
  const key = ossKey === null ? "" : dim(` (object ${printable(ossKey)})`);
  return `${dim(clock(timestamp))} ${green(printable(fromClientId))} ${dim(`to ${printable(toClientId)}`)} ` +
    `${cyan(msgType)} ${formatContent(message)}${key}`;
}

function formatReceipt({ status, recipients }: Receipt, toClientId: string): string {
  if (status === "delivered") return `Delivered to ${toClientId}.`;
  if (status === "stored") return `Stored for ${toClientId}, who is offline.`;
  if (recipients === undefined) return `Sent to ${toClientId}.`;
  return recipients === 0
    ? "Sent to nobody: no other client is online."
    : `Sent to ${recipients} ${recipients === 1 ? "client" : "clients"}.`;
}

function formatContent({ msgType, content }: AnyMessage): string {
  switch (msgType) {
    case "bytes": {
      const hex = [...content.subarray(0, SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
      return `${content.length} bytes: ${hex}${content.length > SHOWN_BYTES ? " …" : ""}`;
    }
    case "dict":
      return printable(JSON.stringify(content));
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

/** Text from elsewhere without what would steer the terminal; line breaks and tabs stay. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the ones to catch
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
