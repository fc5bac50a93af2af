/** The part of the READMEs that a run writes: between two comments, in both languages. */

import { CONTENDERS } from "../contenders.ts";
import { verdicts } from "../goals.ts";
import type { Run } from "../run.ts";
import { aloneTable, contenderTable, goalTable, remarks, THROUGHPUT, WAITING } from "./tables.ts";
import { CHINESE } from "./chinese.ts";
import { ENGLISH, type Words } from "./words.ts";

const [BEGIN, END] = ["<!-- bench: begin -->", "<!-- bench: end -->"] as const;
const ROOT = `${import.meta.dirname}/../..`;

export async function writeReadmes(run: Run, plots: string[]): Promise<void> {
  for (const [file, words] of [["README.md", ENGLISH], ["README.zh-CN.md", CHINESE]] as const) {
    const path = `${ROOT}/${file}`;
    const text = await Deno.readTextFile(path);
    const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
    if (begin < 0 || end < begin) throw new Error(`${file} has no place for the benchmark: ${BEGIN} … ${END}`);
    await Deno.writeTextFile(
      path,
      `${text.slice(0, begin + BEGIN.length)}\n\n${readmePart(run, plots, words)}\n\n${text.slice(end)}`,
    );
  }
}

/** What there is of it: a run may have left anything out. */
export function readmePart(run: Run, plots: string[], words: Words): string {
  const { findings, failed } = run;
  const versions = CONTENDERS.flatMap(({ name }) => run.versions[name] ?? []).filter(unique).join(", ");
  return [
    words.conditions(run, versions, Object.keys(run.skipped).join(", ")),
    markdown(contenderTable(findings, THROUGHPUT, words)),
    markdown(contenderTable(findings, WAITING, words)),
    list([
      ...remarks(findings, [...THROUGHPUT, ...WAITING], words),
      ...Object.entries(failed).map(([work, reason]) => words.failed(work, reason)),
    ]),
    markdown(aloneTable(findings, words)),
    markdown(goalTable(verdicts(findings), words)),
    plots.map((name) => `![${name.replace(".svg", "")}](bench/plots/${name})`).join("\n"),
  ].filter((block) => block !== "").join("\n\n");
}

function markdown(table: string[][]): string {
  const [head, ...rows] = table;
  if (head === undefined) return "";
  const isFigures = (column: number) => rows.every((cells) => /^[\d–]/.test(cells[column]!));
  const rule = head.map((_, column) => isFigures(column) ? "---:" : "---");
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function list(items: string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

function unique(value: string, index: number, all: string[]): boolean {
  return all.indexOf(value) === index;
}
