/** What the messages showed, as tables. */

import type { CrowdSample } from "./load/crowd.ts";
import type { FlowSample } from "./load/load.ts";
import type { Results } from "./rounds.ts";
import { ratio, type Summary, summary } from "./statistics.ts";
import { failures, heading, table, times, whole } from "./table.ts";

export const OURS = "crosscomm";

export interface Run {
  fanOut: Results<FlowSample>;
  pairs: Results<FlowSample>;
  crowd: Results<CrowdSample>;
}

export interface Goal {
  workload: "fanOut" | "pairs";
  against: string;
  least: number;
}

export const GOALS: Goal[] = [
  { workload: "fanOut", against: "bare", least: 0.9 },
  { workload: "fanOut", against: "pywayne", least: 10 },
  { workload: "pairs", against: "bare", least: 0.9 },
  { workload: "pairs", against: "pywayne", least: 10 },
];

export function report(run: Run): string {
  const { ceiling: _, ...hubs } = run.crowd;
  return [
    heading("Fan-out: 1 sender, 100 receivers, texts of 200 bytes to `all`; deliveries a second"),
    workload(run.fanOut, (sample) => sample.rate, whole),
    ceilingNote(run.fanOut, (sample) => sample.rate),
    busyNote(run.fanOut),
    heading("Pairs: 8 pairs that send each other texts of 200 bytes; deliveries a second"),
    workload(run.pairs, (sample) => sample.rate, whole),
    ceilingNote(run.pairs, (sample) => sample.rate),
    busyNote(run.pairs),
    heading("Connecting and logging in, 32 at a time; logins a second"),
    workload(run.crowd, (sample) => sample.loginsPerSecond, whole),
    ceilingNote(run.crowd, (sample) => sample.loginsPerSecond),
    crowdNote(run.crowd),
    heading("Memory of one connection, logged in and idle; KiB"),
    workload(hubs, (sample) => sample.bytesPerConnection / 1024, (value) => value.toFixed(1), { cpu: false }),
    heading("Goals"),
    table(GOALS.map((goal) => goalRow(run, goal))),
  ].filter((part) => part !== "").join("\n");
}

/** Ours against theirs; undefined when one of them has no samples. */
export function goalRatio(run: Run, goal: Goal): Summary | undefined {
  const rates = (name: string) => values(run[goal.workload], name, (sample) => sample.rate);
  return ratio(rates(OURS), rates(goal.against));
}

function goalRow(run: Run, goal: Goal): string[] {
  const reached = goalRatio(run, goal);
  const verdict = reached === undefined ? "not measured" : reached.median >= goal.least ? "reached" : "NOT reached";
  const name = goal.workload === "fanOut" ? "fan-out" : "pairs";
  const perCore = (name: string) => values(run[goal.workload], name, ({ rate, hubCpu }) => rate / (hubCpu ?? NaN));
  const cores = ratio(perCore(OURS), perCore(goal.against));
  return [
    name,
    `ours ≥ ${goal.least} × ${goal.against}`,
    reached ? times(reached) : "",
    verdict,
    cores && !Number.isNaN(cores.median) ? `(per hub core ${times(cores)})` : "",
  ];
}

interface Measured {
  hubCpu: number | undefined;
  loadCpu: number | undefined;
}

function workload<Sample extends Measured>(
  results: Results<Sample>,
  figure: (sample: Sample) => number,
  format: (value: number) => string,
  { cpu } = { cpu: true },
): string {
  const head = ["", "median", "min – max", "ours is", ...(cpu ? ["hub CPU", "generator CPU", "per hub core"] : [])];
  const rows = Object.entries(results).map(([name, { samples }]) => {
    if (samples.length === 0) return [name, "failed"];
    const { median, min, max } = summary(samples.map(figure));
    const ours = name === OURS ? undefined : ratio(values(results, OURS, figure), samples.map(figure));
    return [
      name,
      format(median),
      `${format(min)} – ${format(max)}`,
      ours ? times(ours) : "",
      ...(cpu
        ? [
          percent(samples.map(({ hubCpu }) => hubCpu)),
          percent(samples.map(({ loadCpu }) => loadCpu)),
          perCore(samples, figure, format),
        ]
        : []),
    ];
  });
  return [table([head, ...rows]), ...failures(results)].join("\n");
}

/** The proof that the hubs were measured, not the generator. */
function ceilingNote<Sample>(results: Results<Sample>, figure: (sample: Sample) => number): string {
  const medians = Object.keys(results)
    .filter((name) => name !== "ceiling" && results[name]!.samples.length > 0)
    .map((name) => summary(values(results, name, figure)).median);
  const ceiling = values(results, "ceiling", figure);
  if (medians.length === 0 || ceiling.length === 0) return "";
  const factor = summary(ceiling).median / Math.max(...medians);
  const verdict = factor < 1.5 ? ": too near, it could not tell a faster hub from that one" : "";
  return `  the generator's ceiling is ${factor.toFixed(1)} times the fastest hub${verdict}`;
}

/** A hub under load uses its core up, or the generator does; when neither can, something else runs here. */
function busyNote(results: Results<FlowSample>): string {
  const starved = Object.entries(results).filter(([_, { samples }]) => {
    const busier = samples.map(({ hubCpu, loadCpu }) => Math.max(hubCpu ?? 1, loadCpu ?? 1));
    return busier.length > 0 && summary(busier).median < 0.85;
  }).map(([name]) => name);
  return starved.length === 0 ? "" : `  the machine was busy with something else (${starved.join(", ")}): run it again`;
}

function crowdNote(results: Results<CrowdSample>): string {
  const all = Object.values(results).flatMap(({ samples }) => samples.map(({ loggedIn }) => loggedIn));
  const most = Math.max(...all);
  return Object.entries(results)
    .map(([name, { samples }]) => [name, Math.min(...samples.map(({ loggedIn }) => loggedIn))] as const)
    .filter(([_, least]) => least < most)
    .map(([name, least]) => `  ${name} had ${whole(least)} of ${whole(most)} clients in when its time was up`)
    .join("\n");
}

function values<Sample>(results: Results<Sample>, name: string, figure: (sample: Sample) => number): number[] {
  return results[name]?.samples.map(figure) ?? [];
}

function percent(shares: (number | undefined)[]): string {
  const known = shares.filter((share) => share !== undefined);
  return known.length === 0 ? "" : `${(summary(known).median * 100).toFixed(0)} %`;
}

/** What a hub would do with a core to itself: comparable even when other programs took part of it. */
function perCore<Sample extends Measured>(
  samples: Sample[],
  figure: (sample: Sample) => number,
  format: (value: number) => string,
): string {
  const known = samples.filter(({ hubCpu }) => hubCpu);
  return known.length === 0 ? "" : format(summary(known.map((sample) => figure(sample) / sample.hubCpu!)).median);
}
