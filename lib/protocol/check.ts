import { CrossCommError } from "./errors.ts";

/** The longest time that a setting takes, in seconds: what a 32-bit count of milliseconds holds, as timers have it. */
const MAX_SECONDS = 2_147_483;

/** Refuses a setting that is not a number of seconds that a timer can wait. */
export function checkSeconds(name: string, value: number): void {
  if (typeof value === "number" && value > 0 && value <= MAX_SECONDS) return;
  throw invalid(name, `a number of seconds above 0 and up to ${MAX_SECONDS}`, value);
}

/** Refuses what is not a port. Port 0 asks for any free one, which only makes sense where we listen. */
export function checkPort(name: string, value: number, least: 0 | 1): void {
  if (Number.isInteger(value) && value >= least && value <= 65535) return;
  throw invalid(name, `a whole number from ${least} to 65535`, value);
}

/** Refuses what is not a number of bytes. */
export function checkBytes(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw invalid(name, "a whole number of bytes above 0", value);
}

/** Refuses what is not an amount: a number of bytes or seconds from 0 on, or `Infinity` for no limit. */
export function checkAmount(name: string, value: number): void {
  if (typeof value === "number" && value >= 0) return;
  throw invalid(name, "a number from 0 on, or Infinity", value);
}

/** Refuses what is not a number above 0; `Infinity` is none that a file or a timer could hold. */
export function checkPositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw invalid(name, "a number above 0", value);
}

/** Refuses what is not a string with something in it. */
export function checkText(name: string, value: string): void {
  if (typeof value === "string" && value.trim() !== "") return;
  throw invalid(name, "a string that is not empty", value);
}

function invalid(name: string, wanted: string, value: unknown): CrossCommError {
  const shown = typeof value === "number" ? String(value) : JSON.stringify(value); // which has no Infinity
  return new CrossCommError("INVALID_ARGUMENT", `${name} must be ${wanted}, not ${shown}`);
}
