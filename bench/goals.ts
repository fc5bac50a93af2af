/** What the hub is to reach, as ratios within one run. */

import { BARE, OURS, OURS_V2 } from "./contenders.ts";
import { ratio, type Summary } from "./statistics.ts";
import { growthVariant } from "./work/growth.ts";
import { BARE_HALF, OWN_HALF } from "./work/latency.ts";
import { NOBODY, ONE } from "./work/stalled.ts";
import { EMPTY } from "./work/start.ts";
import { FLUSHED } from "./work/transfers.ts";
import type { Finding } from "./work/work.ts";

export interface Goal {
  work: string;
  variant: string;
  figure: string;
  ours: string;
  against: string;
  /** Of another variant than ours, where it is not the same. */
  againstVariant?: string;
  least?: number;
  most?: number;
  /** What is said where it is not reached. */
  why?: Why;
}

/** Explanations that profiles gave; the words are those of the READMEs. */
export type Why =
  | "bun"
  | "half"
  | "machine"
  | "login"
  | "growth"
  | "stalled"
  | "start"
  | "upload"
  | "flushedUpload"
  | "download"
  | "tar"
  | "meanwhile";

const fanOut = (size: string) => ({ work: "fan-out", variant: `1 to 100, ${size}`, figure: "rate" });
const small = fanOut("200 B");
const latency = (variant: string) => ({ work: "latency", variant, figure: "p99" });
const transfer = (variant: string) => ({ work: "transfers", variant });

const GOALS: Goal[] = [
  { ...small, ours: OURS_V2, against: "pywayne", least: 100 },
  { ...small, ours: OURS_V2, against: BARE, least: 8 },
  { ...small, ours: OURS_V2, against: "bun", least: 1, why: "bun" },
  { ...small, ours: OURS, against: "pywayne", least: 15 },
  { ...small, ours: OURS, against: "ws", least: 1.3 },
  { ...small, ours: OURS, against: BARE, least: 1 },
  { work: "pairs", variant: "8, 200 B", figure: "rate", ours: OURS_V2, against: BARE, least: 3 },
  ...[OURS, OURS_V2].flatMap((ours): Goal[] => [
    { ...latency(OWN_HALF), ours, against: BARE, most: 1.5, why: "half" },
    { ...latency(BARE_HALF), ours, against: BARE, most: 1.5, why: "machine" },
    { ...fanOut("16 KiB"), ours, against: BARE, least: 0.9 },
    { ...fanOut("1 MiB"), ours, against: BARE, least: 0.9 },
    { work: "crowd", variant: "", figure: "logins", ours, against: BARE, least: 0.8, why: "login" },
    { work: "crowd", variant: "", figure: "memory", ours, against: BARE, most: 1.5 },
    {
      work: "growth",
      variant: growthVariant(1_000),
      figure: "cost",
      ours,
      against: ours,
      againstVariant: growthVariant(10),
      most: 1.5,
      why: "growth",
    },
    {
      work: "stalled",
      variant: ONE,
      figure: "p99",
      ours,
      against: ours,
      againstVariant: NOBODY,
      most: 2,
      why: "stalled",
    },
  ]),
  { work: "start", variant: "deno run", figure: "start", ours: OURS, against: EMPTY, most: 4, why: "start" },
  { work: "start", variant: "compiled", figure: "start", ours: OURS, against: EMPTY, most: 4, why: "start" },
  { ...transfer("file up"), figure: "speed", ours: OURS, against: BARE, least: 0.8, why: "upload" },
  { ...transfer("file up"), figure: "speed", ours: OURS, against: FLUSHED, least: 0.8, why: "flushedUpload" },
  { ...transfer("file down"), figure: "speed", ours: OURS, against: BARE, least: 0.8, why: "download" },
  ...["folder up", "folder down"].map((variant): Goal => (
    { ...transfer(variant), figure: "pace", ours: "tar", against: "objects", least: 10, why: "tar" }
  )),
  ...["p50", "p99"].flatMap((figure) =>
    ["upload", "download"].map((ours): Goal => (
      { ...transfer("a text and its answer"), figure, ours, against: "idle", most: 2, why: "meanwhile" }
    ))
  ),
];

export interface Verdict extends Goal {
  what: string;
  /** Undefined where one side was not measured. */
  ratio?: Summary;
  isReached?: boolean;
}

/** Of the goals whose workloads were run. */
export function verdicts(findings: Finding[]): Verdict[] {
  return GOALS.flatMap((goal): Verdict[] => {
    const find = (variant: string) =>
      findings.find((finding) => finding.work === goal.work && finding.variant.startsWith(variant));
    const [own, others] = [find(goal.variant), find(goal.againstVariant ?? goal.variant)];
    const figure = own?.figures.find(({ name }) => name === goal.figure);
    if (!own || !others || !figure) return [];
    const found = ratio(values(own, goal.ours, goal.figure), values(others, goal.against, goal.figure));
    const { least = 0, most = Infinity } = goal;
    const isReached = found && found.median >= least && found.median <= most;
    return [{ ...goal, variant: own.variant, what: figure.what, ratio: found, isReached }];
  });
}

/** What a contender's rounds gave. */
export function values({ results }: Finding, name: string, figure: string): number[] {
  return results[name]?.samples.flatMap((sample) => sample[figure] ?? []) ?? [];
}
