/** A run and what it found, as a file. */

import { verdicts } from "./goals.ts";
import type { Finding } from "./work/work.ts";

export interface Run {
  date: string;
  isQuick: boolean;
  /** In how many goes it was measured: parts of it may have been added later. */
  goes: number;
  machine: { os: string; arch: string; cores: number };
  versions: Record<string, string>;
  /** Why a contender was left out. */
  skipped: Record<string, string>;
  /** Why a part of the work ended early. */
  failed: Record<string, string>;
  findings: Finding[];
}

const PATH = `${import.meta.dirname}/results.json`;

/** With what became of the goals, for whoever reads the file. */
export async function writeRun(run: Run): Promise<void> {
  await Deno.writeTextFile(PATH, JSON.stringify({ ...run, goals: verdicts(run.findings) }, null, 2) + "\n");
}

export async function readRun(): Promise<Run> {
  const { goals: _, ...run } = JSON.parse(await Deno.readTextFile(PATH));
  return run;
}

/** The last run with the parts that `run` has, in place of its own. `order` is that of the parts. */
export function added(last: Run, run: Run, order: string[]): Run {
  const isNew = (work: string) => run.findings.some((finding) => finding.work === work) || work in run.failed;
  const findings = [...last.findings.filter(({ work }) => !isNew(work)), ...run.findings];
  const failed = Object.entries(last.failed).filter(([work]) => !isNew(work));
  return {
    ...run,
    goes: last.goes + 1,
    versions: { ...last.versions, ...run.versions },
    skipped: Object.fromEntries(
      Object.entries({ ...last.skipped, ...run.skipped }).filter(([name]) => !(name in run.versions)),
    ),
    failed: { ...Object.fromEntries(failed), ...run.failed },
    findings: findings.toSorted((a, b) => order.indexOf(a.work) - order.indexOf(b.work)),
  };
}
