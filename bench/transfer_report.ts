/** What the transfers showed, as tables. */

import type { LatencySample } from "./load/ping_pong.ts";
import type { Move, TransferSample } from "./movers.ts";
import { OURS } from "./contenders.ts";
import type { Results } from "./rounds.ts";
import { ratio, type Summary, summary } from "./statistics.ts";
import { failures, heading, table, times, whole } from "./table.ts";
import { SMALL_FILE_BYTES, type TransferRun } from "./transfers.ts";

const MIB = 1024 * 1024;

export interface TransferGoal {
  what: string;
  goal: string;
  /** Undefined when one side was not measured. */
  ratio: Summary | undefined;
  reached: boolean | undefined;
}

export function transferGoals(run: TransferRun): TransferGoal[] {
  const faster = (what: string, [a, b]: [string, string], least: number, results: Results<TransferSample>) =>
    (["up", "down"] as const).map((way): TransferGoal => {
      // Less time is more speed.
      const found = ratio(seconds(results, b, way), seconds(results, a, way));
      const goal = `${a === OURS ? "ours" : a} ≥ ${least} × ${b}`;
      return { what: `${what} ${way}`, goal, ratio: found, reached: found && found.median >= least };
    });
  const slower = (["p50", "p99"] as const).flatMap((figure) =>
    ["upload", "download"].map((move): TransferGoal => {
      const found = ratio(latencies(run, move, figure), latencies(run, "idle", figure));
      const goal = `${move} ≤ 2 × idle`;
      return { what: `latency ${figure}`, goal, ratio: found, reached: found && found.median <= 2 };
    })
  );
  return [
    ...faster("file", [OURS, "bare"], 0.8, run.file),
    ...faster("folder", ["tar", "objects"], 10, run.folder),
    ...slower,
  ];
}

export function transferReport(run: TransferRun): string {
  const { fileBytes, files } = run;
  const speed = ({ seconds }: Move) => fileBytes / MIB / seconds;
  const pace = ({ seconds }: Move) => files / seconds;
  return [
    ...(["up", "down"] as const).flatMap((way) => [
      heading(`A file of ${whole(fileBytes / MIB)} MiB ${way}; MiB a second, and seconds of processor time`),
      moves(run.file, way, OURS, speed),
    ]),
    ...(["up", "down"] as const).flatMap((way) => [
      heading(`A folder of ${whole(files)} files of ${SMALL_FILE_BYTES / 1024} KiB ${way}; files a second`),
      moves(run.folder, way, "tar", pace),
    ]),
    heading("A text and its answer, 200 times a second, through a hub that moves a file meanwhile; ms"),
    latency(run),
    heading("Goals of the transfers"),
    table(
      transferGoals(run).map((goal) => [
        goal.what,
        goal.goal,
        goal.ratio ? times(goal.ratio) : "",
        goal.reached === undefined ? "not measured" : goal.reached ? "reached" : "NOT reached",
      ]),
    ),
  ].join("\n");
}

function moves(
  results: Results<TransferSample>,
  way: "up" | "down",
  against: string,
  figure: (move: Move) => number,
): string {
  const all = Object.entries(results)
    .map(([name, { samples }]) => ({ name, moves: samples.flatMap((sample) => sample[way] ?? []) }))
    .filter(({ moves }) => moves.length > 0);
  const weighed = all.some(({ moves }) => moves.some(({ storeCpu }) => storeCpu !== undefined));
  const head = ["", "median", "min – max", `${against === OURS ? "ours" : against} is`];
  const rows = all.map(({ name, moves }) => {
    const { median, min, max } = summary(moves.map(figure));
    const compared = name === against
      ? undefined
      : ratio(moves.map(({ seconds }) => seconds), seconds(results, against, way));
    return [
      name,
      whole(median),
      `${whole(min)} – ${whole(max)}`,
      compared ? times(compared) : "",
      ...(weighed ? [cpu(moves, "storeCpu"), cpu(moves, "clientCpu")] : []),
    ];
  });
  const titles = weighed ? [...head, "store CPU", "client CPU"] : head;
  return [table([titles, ...rows]), ...failures(results)].join("\n");
}

function latency(run: TransferRun): string {
  const figures = ["p50", "p99"] as const;
  const rows = Object.entries(run.latency).filter(([_, { samples }]) => samples.length > 0).map(([name]) => [
    name,
    ...figures.flatMap((figure) => {
      const found = latencies(run, name, figure);
      const { median, min, max } = summary(found);
      const more = name === "idle" ? undefined : ratio(found, latencies(run, "idle", figure));
      return [median.toFixed(2), `${min.toFixed(2)} – ${max.toFixed(2)}`, more ? times(more) : ""];
    }),
  ]);
  const head = ["", ...figures.flatMap((figure) => [figure, "min – max", "of idle"])];
  return [table([head, ...rows]), ...failures(run.latency)].join("\n");
}

function seconds(results: Results<TransferSample>, name: string, way: "up" | "down"): number[] {
  return results[name]?.samples.flatMap((sample) => sample[way]?.seconds ?? []) ?? [];
}

function latencies(run: TransferRun, name: string, figure: keyof LatencySample): number[] {
  return run.latency[name]?.samples.map((sample) => sample[figure]) ?? [];
}

function cpu(moves: Move[], which: "storeCpu" | "clientCpu"): string {
  const known = moves.flatMap((move) => move[which] ?? []);
  return known.length === 0 ? "" : summary(known).median.toFixed(2);
}
