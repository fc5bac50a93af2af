/** The tables that the READMEs show of a run. */

import { CONTENDERS } from "../contenders.ts";
import type { Verdict } from "../goals.ts";
import { median } from "../report.ts";
import { whole } from "../table.ts";
import { OWN_HALF } from "../work/latency.ts";
import { MESSAGES } from "../work/mixed.ts";
import type { Figure, Finding } from "../work/work.ts";
import type { Words } from "./words.ts";

interface Selection {
  work: string;
  /** How the variant begins. */
  variant: string;
  figures: string[];
}

/** How much all contenders pass on. */
export const THROUGHPUT: Selection[] = [
  { work: "fan-out", variant: "1 to 100, 200 B", figures: ["rate"] },
  { work: "fan-out", variant: "1 to 100, 16 KiB", figures: ["rate"] },
  { work: "fan-out", variant: "1 to 100, 1 MiB", figures: ["rate"] },
  { work: "pairs", variant: "8, 200 B", figures: ["rate"] },
  { work: "many-to-one", variant: "100 to 1, 200 B", figures: ["rate"] },
];

/** How long they have one wait, and what a client costs them. */
export const WAITING: Selection[] = [
  { work: "latency", variant: OWN_HALF, figures: ["p50", "p99", "p999"] },
  { work: "mixed", variant: MESSAGES, figures: ["p99"] },
  { work: "crowd", variant: "", figures: ["logins", "lastLogins", "memory", "heartbeat"] },
];

/** What they are not compared in. */
const ALONE = ["mixed", "stalled", "mailbox", "start", "transfers"];

/** A row a contender, a column a figure. Empty where none of it was measured. */
export function contenderTable(findings: Finding[], selections: Selection[], words: Words): string[][] {
  const columns = selections.flatMap(({ work, variant, figures }) => {
    const finding = findings.find((finding) => finding.work === work && finding.variant.startsWith(variant));
    return finding ? finding.figures.filter(({ name }) => figures.includes(name)).map(column(finding)) : [];
  });
  const rows = CONTENDERS.map(({ name }) => [
    words.contender(name),
    ...columns.map(({ finding, figure }) => median(finding, name, figure) || "–"),
  ]).filter(([_, ...cells]) => cells.some((cell) => cell !== "–"));
  const head = ["", ...columns.map(({ finding, figure }) => `${words.work(finding)}: ${words.figure(figure)}`)];
  return rows.length === 0 ? [] : [head, ...rows];
}

/** What is to be said of its cells: why there is nothing in one, or what is in it. */
export function remarks(findings: Finding[], selections: Selection[], words: Words): string[] {
  const shown = findings.filter(({ work, variant }) =>
    selections.some((selection) => work === selection.work && variant.startsWith(selection.variant))
  );
  return shown.flatMap((finding) => {
    const failures = Object.entries(finding.results).flatMap(([name, { failed }]) => failed ? [[name, failed]] : []);
    return [...Object.entries(finding.remarks ?? {}), ...failures].map(([name, text]) =>
      words.remark(words.contender(name!), words.work(finding), text!)
    );
  });
}

/** A row a figure, and in it whoever has it. Empty where there is none. */
export function aloneTable(findings: Finding[], words: Words): string[][] {
  const rows = findings.filter(({ work, variant }) => ALONE.includes(work) && variant !== MESSAGES)
    .flatMap((finding) => finding.figures.map(column(finding)))
    .map(({ finding, figure }) => [
      `${words.work(finding)}: ${words.figure(figure)}`,
      Object.keys(finding.results).map((name) => `${words.contender(name)} ${median(finding, name, figure) || "–"}`)
        .join(" · "),
    ]);
  return rows.length === 0 ? [] : [words.alone, ...rows];
}

/** With a last column that explains, where there is something to. Empty where no goal was looked at. */
export function goalTable(verdicts: Verdict[], words: Words): string[][] {
  const found = verdicts.filter(({ ratio }) => ratio !== undefined);
  const whys = found.map(({ isReached, why }) => isReached || why === undefined ? "" : words.why[why]);
  const explains = whys.some((why) => why !== "");
  const table = [words.goals, ...found.map((verdict, i) => [...goalRow(verdict, words), whys[i]!])];
  return found.length === 0 ? [] : explains ? table : table.map((cells) => cells.slice(0, -1));
}

function column(finding: Finding): (figure: Figure) => { finding: Finding; figure: Figure } {
  return (figure) => ({ finding, figure });
}

function goalRow(verdict: Verdict, words: Words): string[] {
  const { ours, against, againstVariant, least, most, ratio, isReached } = verdict;
  const bound = least === undefined ? `≤ ${most}` : `≥ ${least}`;
  return [
    `${words.work(verdict)}: ${words.figure({ name: verdict.figure, what: verdict.what })}`,
    `${words.contender(ours)} ${bound} × ${againstVariant ? words.itself(againstVariant) : words.contender(against)}`,
    `${short(ratio!.median)} (${short(ratio!.min)} – ${short(ratio!.max)})`,
    isReached ? words.yes : words.no,
  ];
}

function short(value: number): string {
  return value >= 100 ? whole(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
