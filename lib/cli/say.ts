import { bold, red } from "@std/fmt/colors";

/**
 * Says something on standard error. Where that cannot be written there is nobody left to tell: a full disk beneath the
 * log must not end a hub.
 */
export function say(line: string): void {
  try {
    console.error(line);
  } catch {
    // what comes when there is room again is there
  }
}

/** Says what went wrong on standard error. */
export function sayError(line: string): void {
  say(`${red(bold("error"))}: ${line}`);
}
