// deno-std's own unicode_width.js cannot be imported: its table of widths is missing from the npm package.
import { eastAsianWidth } from "get-east-asian-width";

/** What takes no room on a terminal: control characters, marks on the letter before, joiners. */
const ZERO_WIDTH = /(?!\u00ad)[\p{Cc}\p{Cf}\p{Me}\p{Mn}\u1160-\u11ff]/u;

/** How many columns of a terminal the text takes. */
export function unicodeWidth(str: string): number {
  let width = 0;
  for (const char of str) {
    if (!ZERO_WIDTH.test(char)) width += eastAsianWidth(char.codePointAt(0)!);
  }
  return width;
}
