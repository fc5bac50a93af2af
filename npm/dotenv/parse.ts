// npm:dotenv reads the lines; what @std/dotenv does differently with a value is done here. Left as npm:dotenv has it:
// text after a closing quote (kept with its quotes, where @std drops it), and CRLF inside quotes (becomes LF).
// @ts-types="./dotenv.d.ts"
import { parse as parseLines } from "dotenv";

// Stand for what npm:dotenv would read in its own way: \ and ` , and a " after a \.
const BACKSLASH = "\uE000";
const BACKTICK = "\uE001";
const ESCAPED_QUOTE = "\uE002";
const MARKS: Record<string, string> = {
  "\\": BACKSLASH,
  "\\\\": BACKSLASH + BACKSLASH,
  '\\"': BACKSLASH + ESCAPED_QUOTE,
  "`": BACKTICK,
};
const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "'": "'",
  '"': '"',
  "\\": "\\",
};

/** Reads the text of a .env file. */
export function parse(text: string): Record<string, string> {
  const marked = text.replace(/\\[\\"]|[\\`]/g, (found) => MARKS[found]!);
  const env: Record<string, string> = Object.create(null);
  const unquoted: string[] = [];
  for (const [key, value] of Object.entries(parseLines(marked))) {
    if (!/^[a-zA-Z_]\w*$/.test(key)) {
      console.warn(`Left out of the environment: "${key}" is no name for a variable (letters, digits and "_").`);
      continue;
    }
    const line = new RegExp(`^\\s*(?:export\\s+)?${key}\\s*=[ \\t]*(["']?)`, "gm");
    const quote = [...marked.matchAll(line)].at(-1)?.[1];
    if (quote === undefined) continue; // "KEY: value", which @std/dotenv does not read
    env[key] = unmark(quote ? value.replace(/^\n|\n$/g, "") : value, quote === '"');
    if (!quote) unquoted.push(key);
  }
  const raw = { ...env };
  for (const key of unquoted) env[key] = expand(env[key]!, raw);
  return env;
}

function unmark(value: string, escapes: boolean): string {
  const text = value.replaceAll(BACKSLASH, "\\").replaceAll(BACKTICK, "`")
    .replaceAll(ESCAPED_QUOTE, '"');
  return escapes ? text.replace(/\\([\s\S])/g, (found, char) => ESCAPES[char] ?? found) : text;
}

const VARIABLE = /\$\{(\w+)(?::-(.+))?\}|(?<!\\)\$(\w+)(?::-(.+))?/g;

/** $NAME, ${NAME} and ${NAME:-default} become the value, from this file first, then from the environment. */
function expand(value: string, env: Record<string, string>, depth = 0): string {
  const expanded = value.replace(
    VARIABLE,
    (_, braced, bracedDefault, bare, bareDefault) =>
      env[braced ?? bare] ?? Deno.env.get(braced ?? bare) ?? bracedDefault ??
        bareDefault,
  );
  return expanded === value || depth > 100 ? expanded : expand(expanded, env, depth + 1);
}
