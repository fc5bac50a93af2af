/** What tables in the terminal are made of. */

import type { Results } from "./rounds.ts";
import type { Summary } from "./statistics.ts";

export function times({ median, min, max }: Summary): string {
  return `${median.toFixed(2)} × (${min.toFixed(2)} – ${max.toFixed(2)})`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

export function heading(text: string): string {
  return `\n${text}\n`;
}

export function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    "  " +
    cells.map((cell, column) => column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)).join("   ")
  ).map((line) => line.trimEnd()).join("\n");
}

/** A line for each that failed. */
export function failures(results: Results<unknown>): string[] {
  return Object.entries(results)
    .filter(([_, { failed }]) => failed !== undefined)
    .map(([name, { samples, failed }]) => `  ${name} failed after ${samples.length} rounds: ${failed}`);
}
