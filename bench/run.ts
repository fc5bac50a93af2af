/** A run and what it found, as a file. */

import type { Verdict } from "./goals.ts";
import type { TransferGoal } from "./transfer_report.ts";
import type { TransferRun } from "./transfers.ts";
import type { Finding } from "./work/work.ts";

export interface Run {
  date: string;
  isQuick: boolean;
  machine: { os: string; arch: string; cores: number };
  versions: Record<string, string>;
  /** Why a contender was left out. */
  skipped: Record<string, string>;
  findings: Finding[];
  goals: Verdict[];
  transfers?: TransferRun & { goals: TransferGoal[] };
}

const PATH = `${import.meta.dirname}/results.json`;

export async function writeRun(run: Run): Promise<void> {
  await Deno.writeTextFile(PATH, JSON.stringify(run, null, 2) + "\n");
}

export async function readRun(): Promise<Run> {
  return JSON.parse(await Deno.readTextFile(PATH));
}
