import { CrossCommError } from "../protocol/errors.ts";
import type { StoredToken } from "./token.ts";

/** What the tokens file holds; `undefined` where there is none. Not async: a login cannot wait. */
export function readTokens(path: string): StoredToken[] | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw unusable(path, `cannot be read (${(cause as Error).message})`, cause);
  }
  const tokens = parse(text);
  if (tokens === undefined) throw unusable(path, "is damaged");
  return tokens;
}

/** Says what is wrong with the tokens file. */
export function unusable(path: string, what: string, cause?: unknown): CrossCommError {
  return new CrossCommError("TOKENS_UNUSABLE", `the tokens file ${path} ${what}`, { cause });
}

/** `undefined` where it is not what we write: better nobody than somebody. */
function parse(text: string): StoredToken[] | undefined {
  try {
    const { tokens } = JSON.parse(text);
    return Array.isArray(tokens) && tokens.every(isToken) ? tokens : undefined;
  } catch {
    return undefined;
  }
}

function isToken(value: StoredToken): boolean {
  const { id, clients, created, expires, note, sha256 } = value;
  return [id, clients, note].every((text) => typeof text === "string") && /^[0-9a-f]{64}$/.test(sha256) &&
    typeof created === "number" && (expires === null || typeof expires === "number");
}
