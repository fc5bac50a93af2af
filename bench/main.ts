/**
 * Measures our hub side by side with the others, each in a process of its own on loopback, all in one run. The machine
 * may be small and noisy: read the ratios and the spread, not the last digit.
 *
 *     deno task bench [--quick] [--only bare,crosscomm] [--work fan-out,transfers]
 *     deno task bench --publish
 */

import { parseArgs } from "node:util";
import { CEILING, CONTENDERS, OURS } from "./contenders.ts";
import { verdicts } from "./goals.ts";
import { removeAll } from "./leftovers.ts";
import { publish } from "./publish/publish.ts";
import { report } from "./report.ts";
import { readRun, type Run, writeRun } from "./run.ts";
import type { Entrant } from "./rounds.ts";
import { FULL, QUICK } from "./scale.ts";
import { transferGoals, transferReport } from "./transfer_report.ts";
import { measureTransfers, type TransferTiming } from "./transfers.ts";
import type { Finding } from "./work/work.ts";
import { WORKS } from "./work/works.ts";

const TRANSFERS = "transfers";
const WORK = [...WORKS.map(({ name }) => name), TRANSFERS];
const TRANSFER_TIMING: TransferTiming = { rounds: 5, fileBytes: 2 ** 30, files: 2_000, latencyMs: 5_000 };
const QUICK_TRANSFER_TIMING: TransferTiming = { rounds: 2, fileBytes: 2 ** 27, files: 500, latencyMs: 1_000 };

const USAGE = `Usage: deno task bench [--quick] [--only <contender,…>] [--work <part,…>]
       deno task bench --publish

  --quick    few short rounds: to see that it works, not to compare
  --only     of ${CONTENDERS.map(({ name }) => name).join(", ")}; the ceiling always runs
  --work     of ${WORK.join(", ")}; transfers are those of ${OURS}, against a bare fetch
  --publish  measures nothing: draws the plots of the last run, and puts its tables into the
             READMEs, as a run does in which nothing is left out`;

interface Options {
  /** Whether nothing is shortened or left out. */
  isWhole: boolean;
  isQuick: boolean;
  names: string[];
  work: string[];
}

/** Undefined when only the help is wanted. */
function readOptions(args: string[]): Options | "help" | "publish" {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      work: { type: "string" },
      publish: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return "help";
  if (values.publish) return "publish";
  const names = choose("contender", CONTENDERS.map(({ name }) => name), values.only);
  return {
    isWhole: !values.quick && values.only === undefined && values.work === undefined,
    isQuick: values.quick,
    names: [CEILING, ...names],
    work: choose("part of the work", WORK, values.work),
  };
}

function choose(what: string, known: string[], wanted: string | undefined): string[] {
  const chosen = wanted?.split(",").map((name) => name.trim()) ?? known;
  const unknown = chosen.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no such ${what}: ${unknown.join(", ")}`);
  return chosen;
}

async function prepare(names: string[]): Promise<{ entrants: Entrant[]; skipped: Record<string, string> }> {
  const entrants: Entrant[] = [];
  const skipped: Record<string, string> = {};
  for (const contender of CONTENDERS.filter(({ name }) => names.includes(name))) {
    try {
      const ready = await contender.prepare();
      entrants.push({ contender, ...ready });
      console.error(`${contender.name}: ${ready.version}`);
    } catch (error) {
      skipped[contender.name] = error instanceof Error ? error.message : String(error);
      console.error(`${contender.name} is left out: ${skipped[contender.name]}`);
    }
  }
  return { entrants, skipped };
}

async function main(args: string[]): Promise<void> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    Deno.exit(2);
  }
  if (options === "help") return console.log(USAGE);
  if (options === "publish") return await publish(await readRun());
  const run = await measure(options);
  await writeRun(run);
  if (options.isWhole) await publish(run);
}

async function measure({ isQuick, names, work }: Options): Promise<Run> {
  const works = WORKS.filter(({ name }) => work.includes(name));
  const { entrants, skipped } = await prepare(works.length > 0 ? names : names.filter((name) => name === OURS));
  const findings: Finding[] = [];
  for (const { measure } of works) {
    for await (const finding of measure(entrants, isQuick ? QUICK : FULL)) findings.push(finding);
  }
  const goals = verdicts(findings);
  if (findings.length > 0) console.log(report(findings, goals));

  const ours = entrants.find(({ contender }) => contender.name === OURS);
  const transfers = ours && work.includes(TRANSFERS)
    ? await measureTransfers(ours, isQuick ? QUICK_TRANSFER_TIMING : TRANSFER_TIMING)
    : undefined;
  if (transfers) console.log(transferReport(transfers));
  return {
    date: new Date().toISOString(),
    isQuick,
    machine: { os: Deno.build.os, arch: Deno.build.arch, cores: navigator.hardwareConcurrency },
    versions: Object.fromEntries(entrants.map(({ contender, version }) => [contender.name, version])),
    skipped,
    findings,
    goals,
    ...transfers && { transfers: { ...transfers, goals: transferGoals(transfers) } },
  };
}

async function interrupted(): Promise<void> {
  await removeAll();
  Deno.exit(130);
}

// Deno looks for a newer one, once a day where there is a network and else at every start: no part of anybody's work.
Deno.env.set("DENO_NO_UPDATE_CHECK", "1");
Deno.addSignalListener("SIGINT", interrupted);
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupted);
try {
  await main(Deno.args);
} finally {
  await removeAll();
}
Deno.exit(0); // the signal listeners would keep the process
