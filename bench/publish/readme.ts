/** The part of the READMEs that a run writes: between two comments, in both languages. */

import { CEILING, CONTENDERS } from "../contenders.ts";
import { median } from "../report.ts";
import type { Run } from "../run.ts";
import { whole } from "../table.ts";
import type { Finding } from "../work/work.ts";
import type { Verdict } from "../goals.ts";
import { CHINESE, ENGLISH, type Words } from "./words.ts";

const [BEGIN, END] = ["<!-- bench: begin -->", "<!-- bench: end -->"] as const;
const ROOT = `${import.meta.dirname}/../..`;

/** What has a column in the first table. */
const COLUMNS = [
  { work: "fan-out", variant: "1 to 100, 200 B", figure: "rate" },
  { work: "fan-out", variant: "1 to 100, 16 KiB", figure: "rate" },
  { work: "fan-out", variant: "1 to 100, 1 MiB", figure: "rate" },
  { work: "pairs", variant: "8, 200 B", figure: "rate" },
  { work: "many-to-one", variant: "100 to 1, 200 B", figure: "rate" },
  { work: "latency", variant: "half of its capacity", figure: "p99" },
  { work: "crowd", variant: "", figure: "logins" },
  { work: "crowd", variant: "", figure: "memory" },
] as const;

export async function writeReadmes(run: Run, plots: string[]): Promise<void> {
  for (const [file, words] of [["README.md", ENGLISH], ["README.zh-CN.md", CHINESE]] as const) {
    const path = `${ROOT}/${file}`;
    const text = await Deno.readTextFile(path);
    const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
    if (begin < 0 || end < begin) throw new Error(`${file} has no place for the benchmark: ${BEGIN} … ${END}`);
    await Deno.writeTextFile(
      path,
      `${text.slice(0, begin + BEGIN.length)}\n${part(run, plots, words)}\n${text.slice(end)}`,
    );
  }
}

function part(run: Run, plots: string[], words: Words): string {
  return [
    "",
    words.conditions(run, Object.values(run.versions).filter(unique).join(", "), Object.keys(run.skipped).join(", ")),
    "",
    ...markdown(contenderTable(run.findings, words)),
    "",
    ...markdown([
      words.goals,
      ...run.goals.filter(({ ratio }) => ratio !== undefined).map((verdict) => goalRow(verdict, words)),
    ]),
    "",
    ...plots.map((name) => `![${name.replace(".svg", "")}](bench/plots/${name})`),
    "",
  ].join("\n");
}

function contenderTable(findings: Finding[], words: Words): string[][] {
  const columns = COLUMNS.flatMap((column) => {
    const finding = findings.find(({ work, variant }) => work === column.work && variant.startsWith(column.variant));
    const figure = finding?.figures.find(({ name }) => name === column.figure);
    return finding && figure ? [{ finding, figure }] : [];
  });
  const names = CONTENDERS.map(({ name }) => name).filter((name) => name !== CEILING);
  return [
    ["", ...columns.map(({ finding, figure }) => `${words.work(finding)}: ${words.figure(figure)}`)],
    ...names.map((name) => [name, ...columns.map(({ finding, figure }) => median(finding, name, figure) || "–")]),
  ].filter(([_, ...cells]) => cells.some((cell) => cell !== "–"));
}

function goalRow(verdict: Verdict, words: Words): string[] {
  const { ours, against, againstVariant, least, most, ratio, isReached } = verdict;
  const bound = least === undefined ? `≤ ${most}` : `≥ ${least}`;
  return [
    `${words.work(verdict)}: ${words.figure({ name: verdict.figure, what: verdict.what })}`,
    `${ours} ${bound} × ${againstVariant ? words.itself(againstVariant) : words.contender(against)}`,
    `${short(ratio!.median)} (${short(ratio!.min)} – ${short(ratio!.max)})`,
    isReached ? words.yes : words.no,
  ];
}

function short(value: number): string {
  return value >= 100 ? whole(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function markdown([head, ...rows]: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head!), line(head!.map((_, column) => column === 0 ? "---" : "---:")), ...rows.map(line)];
}

function unique(value: string, index: number, all: string[]): boolean {
  return all.indexOf(value) === index;
}
