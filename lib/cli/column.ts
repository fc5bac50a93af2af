import { unicodeWidth } from "@std/cli/unicode-width";
import { printable } from "./output.ts";

/** Cells of one column, from elsewhere, as wide on a terminal as the widest: 世 takes as much room as ab. */
export function column(cells: readonly string[]): string[] {
  const texts = cells.map(printable);
  const widths = texts.map((text) => unicodeWidth(text));
  const widest = widths.reduce((widest, width) => Math.max(widest, width), 0);
  return texts.map((text, row) => text + " ".repeat(widest - widths[row]!));
}
