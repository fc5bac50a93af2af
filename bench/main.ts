/**
 * Measures our hub side by side with the others, each in a process of its own on loopback, all in one run. The machine
 * may be small and noisy: read the ratios and the spread, not the last digit.
 *
 *     deno task bench [--quick] [--only bare,crosscomm] [--work fan-out,transfers] [--add]
 *     deno task bench --publish
 */

import { parseArgs } from "node:util";
import { CEILING, CONTENDERS } from "./contenders.ts";
import { verdicts } from "./goals.ts";
import { removeAll } from "./leftovers.ts";
import { measureAll, possible, secondsFor, takes } from "./measure.ts";
import { publish } from "./publish/publish.ts";
import { goalTable, section } from "./report.ts";
import type { Entrant } from "./rounds.ts";
import { added, readRun, type Run, writeRun } from "./run.ts";
import { FULL, QUICK } from "./scale.ts";
import type { Work } from "./work/work.ts";
import { WORKS } from "./work/works.ts";

const WORK = WORKS.map(({ name }) => name);

const USAGE = `Usage: deno task bench [--quick] [--only <contender,…>] [--work <part,…>] [--add]
       deno task bench --publish

  --quick    few short rounds: to see that it works, not to compare
  --only     of ${CONTENDERS.map(({ name }) => name).join(", ")}; the ceiling always runs
  --work     of ${WORK.join(", ")}
  --add      puts what is measured into the last run, in place of the same parts of it
  --publish  measures nothing: draws the plots of the last run, and puts its tables into the
             READMEs, as a run does in which nothing is left out

What is found is in bench/results.json as soon as it is. Where a run was ended, --add with the
--work that it lacks goes on.`;

interface Options {
  /** Whether nothing is shortened or left out. */
  isWhole: boolean;
  isQuick: boolean;
  adds: boolean;
  names: string[];
  works: Work[];
}

function readOptions(args: string[]): Options | "help" | "publish" {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      work: { type: "string" },
      add: { type: "boolean", default: false },
      publish: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return "help";
  if (values.publish) return "publish";
  const names = choose("contender", CONTENDERS.map(({ name }) => name), values.only);
  const work = choose("part of the work", WORK, values.work);
  return {
    isWhole: !values.quick && values.only === undefined && values.work === undefined,
    isQuick: values.quick,
    adds: values.add,
    names: [CEILING, ...names],
    works: WORKS.filter(({ name }) => work.includes(name)),
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

async function main(args: string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === "help") return console.log(USAGE), 0;
  if (options === "publish") return await publish(await readRun()), 0;
  const last = options.adds ? await readRun() : undefined;
  if (last && last.isQuick !== options.isQuick) {
    console.error(
      `the last run was ${last.isQuick ? "a quick" : "no quick"} one: parts of another cannot be added to it`,
    );
    return 2;
  }
  const run = await measure(options, last);
  if (options.isWhole) await publish(run);
  return Object.keys(run.failed).length > 0 ? 1 : 0;
}

async function measure({ isQuick, names, works }: Options, last: Run | undefined): Promise<Run> {
  const { entrants, skipped } = await prepare(names.filter((name) => works.some((work) => takes(work, name))));
  const scale = isQuick ? QUICK : FULL;
  const parts = possible(works, entrants);
  console.error(`this takes about ${Math.ceil(secondsFor(parts, entrants, scale) / 60)} minutes`);
  const own: Run = {
    date: new Date().toISOString(),
    isQuick,
    goes: 1,
    machine: { os: Deno.build.os, arch: Deno.build.arch, cores: navigator.hardwareConcurrency },
    versions: Object.fromEntries(entrants.map(({ contender, version }) => [contender.name, version])),
    skipped,
    failed: {},
    findings: [],
  };
  const whole = () => last ? added(last, own, WORK) : own;
  own.failed = await measureAll(parts, entrants, scale, async (finding) => {
    console.log(section(finding));
    own.findings.push(finding);
    await writeRun(whole());
  });
  const run = whole();
  await writeRun(run);
  console.log(goalTable(verdicts(run.findings)));
  return run;
}

async function interrupted(): Promise<void> {
  await removeAll();
  Deno.exit(130);
}

// Deno looks for a newer one, once a day where there is a network and else at every start: no part of anybody's work.
Deno.env.set("DENO_NO_UPDATE_CHECK", "1");
Deno.addSignalListener("SIGINT", interrupted);
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupted);
let status = 1;
try {
  status = await main(Deno.args);
} finally {
  await removeAll();
}
Deno.exit(status); // the signal listeners would keep the process
