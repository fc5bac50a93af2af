import { CrossCommError } from "./errors.ts";

/** The first line of a frame of version 2. What is left out is not said. */
export interface LinesHeader {
  /** The number of the frame's first item; the next ones count on. */
  seq?: number;
  /** The highest number up to which the sender of the frame has every item of the other side's. */
  ack?: number;
  /** Asks for a frame with an `ack`, at once. */
  ping?: true;
}

/** The longest first line, in characters: what is longer would take longer to read than all that it may say. */
const MAX_HEADER_LENGTH = 1024;

/** Writes the first line of a frame. */
export function writeHeader({ seq, ack, ping }: LinesHeader): string {
  let members = seq === undefined ? "" : `,"seq":${seq}`;
  if (ack !== undefined) members += `,"ack":${ack}`;
  if (ping) members += ',"ping":true';
  return `{${members.slice(1)}}`;
}

/** An envelope as one line: a line feed can only stand between its tokens, where a space does as well. */
export function asLine(envelope: string): string {
  return envelope.includes("\n") ? envelope.replaceAll("\n", " ") : envelope;
}

/** The lines of a frame: its header, then its items. */
export function splitLines(frame: string): string[] {
  return frame.split("\n");
}

/**
 * Reads the first line of a frame.
 *
 * @throws {CrossCommError} `INVALID_FRAME` where it is no header.
 */
export function readHeader(line: string): LinesHeader {
  const header = parsed(line);
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw noHeader("is no JSON object");
  const { seq, ack, ping } = header as Record<string, unknown>;
  if ("msg_type" in header) throw noHeader("is an envelope of version 1"); // else it would be lost without a word
  if (seq !== undefined && !isNumber(seq, 1)) throw noHeader("has a seq that is no whole number from 1 on");
  if (ack !== undefined && !isNumber(ack, 0)) throw noHeader("has an ack that is no whole number from 0 on");
  return { seq, ack, ping: ping === true ? true : undefined };
}

function parsed(line: string): unknown {
  if (line.length > MAX_HEADER_LENGTH) throw noHeader(`has more than ${MAX_HEADER_LENGTH} characters`);
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw noHeader("is no JSON object", cause);
  }
}

function isNumber(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && value as number >= least;
}

function noHeader(what: string, cause?: unknown): CrossCommError {
  return new CrossCommError("INVALID_FRAME", `this frame has no header: its first line ${what}`, { cause });
}
