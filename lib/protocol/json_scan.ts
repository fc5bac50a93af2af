/**
 * Walking over JSON without building it: what routing needs of a frame stands in a few short strings, while its
 * content may be tens of megabytes, nested a million deep, or hold numbers that no JavaScript number can.
 *
 * Accepted is what Python's `json.loads` accepts: RFC 8259 and the bare words `NaN`, `Infinity` and `-Infinity`.
 */

const TAB = 0x09, LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d, SPACE = 0x20;
const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a, MINUS = 0x2d, PLUS = 0x2b, POINT = 0x2e;
const ZERO = 0x30, NINE = 0x39;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;

const WORDS = ["null", "true", "false"];
const NON_FINITE_WORDS = ["NaN", "Infinity", "-Infinity"];

/** Where a text stops being JSON. */
export class JsonScanError extends SyntaxError {
  override readonly name = "JsonScanError";

  constructor(text: string, index: number) {
    super(
      index >= text.length
        ? "the JSON ends too early"
        : `unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(index)!))} at position ${index}`,
    );
  }
}

/** The index of the first character from `index` on that is no white space. */
export function skipSpace(text: string, index: number): number {
  for (;; index++) {
    const code = text.charCodeAt(index);
    if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return index;
  }
}

// What stands for itself in a string: a third of the time of looking at each character ourselves.
// deno-lint-ignore no-control-regex -- control characters must be escaped in JSON
const PLAIN = /[^"\\\x00-\x1f]*/y;

/** The index after the string that starts at `index`. */
export function skipString(text: string, index: number): number {
  if (text.charCodeAt(index) !== QUOTE) throw new JsonScanError(text, index);
  for (index++;; index++) {
    PLAIN.lastIndex = index;
    PLAIN.test(text);
    index = PLAIN.lastIndex;
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index + 1;
    if (code !== BACKSLASH) throw new JsonScanError(text, index); // a bare control character, or the end
    index = skipEscape(text, index);
  }
}

/** The index of the last character of the escape that starts at `index`. */
function skipEscape(text: string, index: number): number {
  const escaped = text[++index];
  if (escaped === "u") {
    for (const last = index + 4; index < last;) {
      if (!isHexDigit(text.charCodeAt(++index))) throw new JsonScanError(text, index);
    }
  } else if (escaped === undefined || !'"\\/bfnrt'.includes(escaped)) {
    throw new JsonScanError(text, index);
  }
  return index;
}

/** The index after the member name that starts at `index`, and after its colon. */
function skipName(text: string, index: number): number {
  index = skipSpace(text, skipString(text, skipSpace(text, index)));
  if (text.charCodeAt(index) !== COLON) throw new JsonScanError(text, index);
  return index + 1;
}

/**
 * The index after the value that starts at `index`, checked from end to end.
 * `onNonFinite` hears of each bare `NaN`, `Infinity` and `-Infinity`.
 */
export function skipValue(
  text: string,
  index: number,
  onNonFinite?: (start: number, end: number) => void,
): number {
  let closers: number[] | undefined; // of the arrays and objects we are inside, so that depth costs no stack
  for (;;) {
    index = skipSpace(text, index);
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = skipString(text, index);
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      const closer = code === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
      index = skipSpace(text, index + 1);
      if (text.charCodeAt(index) !== closer) {
        (closers ??= []).push(closer);
        if (closer === CLOSE_BRACE) index = skipName(text, index);
        continue;
      }
      index++;
    } else {
      index = skipScalar(text, index, onNonFinite);
    }

    for (;;) {
      const closer = closers?.at(-1);
      if (closer === undefined) return index;
      index = skipSpace(text, index);
      const next = text.charCodeAt(index);
      if (next === COMMA) {
        index = closer === CLOSE_BRACE ? skipName(text, index + 1) : index + 1;
        break;
      }
      if (next !== closer) throw new JsonScanError(text, index);
      closers!.pop();
      index++;
    }
  }
}

/** The index after the number or bare word that starts at `index`. */
function skipScalar(
  text: string,
  index: number,
  onNonFinite?: (start: number, end: number) => void,
): number {
  if (isDigit(text.charCodeAt(index))) return skipNumber(text, index);
  for (const word of WORDS) {
    if (text.startsWith(word, index)) return index + word.length;
  }
  for (const word of NON_FINITE_WORDS) {
    if (!text.startsWith(word, index)) continue;
    onNonFinite?.(index, index + word.length);
    return index + word.length;
  }
  return skipNumber(text, index);
}

function skipNumber(text: string, index: number): number {
  if (text.charCodeAt(index) === MINUS) index++;
  index = text.charCodeAt(index) === ZERO ? index + 1 : skipDigits(text, index);
  if (text.charCodeAt(index) === POINT) index = skipDigits(text, index + 1);
  if (text[index] === "e" || text[index] === "E") {
    index++;
    const sign = text.charCodeAt(index);
    index = skipDigits(text, sign === PLUS || sign === MINUS ? index + 1 : index);
  }
  return index;
}

function skipDigits(text: string, index: number): number {
  const start = index;
  while (isDigit(text.charCodeAt(index))) index++;
  if (index === start) throw new JsonScanError(text, index);
  return index;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** Why JSON was not read or written, for a person: an engine says of depth only that its stack was too small. */
export function jsonFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /call stack|recursion/.test(error.message) ? "it is nested too deeply" : error.message;
}

/** The value that a JSON text stands for, with `NaN` and the infinities that Python writes. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return parseNonFinite(text, error);
  }
}

/** The same value in JSON that everybody reads: `NaN` becomes `null`, and infinities what is too large for a number. */
export function strictJson(text: string): string {
  let strict = "";
  let copied = 0;
  skipValue(text, 0, (start, end) => {
    const word = text.slice(start, end).replace("NaN", "null").replace("Infinity", "1e999");
    strict += text.slice(copied, start) + word;
    copied = end;
  });
  return strict + text.slice(copied);
}

/** Parses a text that `JSON.parse` refused: each bare word goes through it as a string that nothing else holds. */
function parseNonFinite(text: string, refusal: unknown): unknown {
  const mark = `${crypto.randomUUID()}:`;
  let marked = "";
  let copied = 0;
  const end = skipValue(text, 0, (start, end) => {
    marked += `${text.slice(copied, start)}"${mark}${text.slice(start, end)}"`;
    copied = end;
  });
  if (copied === 0 || skipSpace(text, end) !== text.length) throw refusal;
  return JSON.parse(
    marked + text.slice(copied),
    (_key, value) => typeof value === "string" && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
  );
}
