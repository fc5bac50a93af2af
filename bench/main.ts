/**
 * Measures our hub side by side with the others, each in a process of its own on loopback, all in one run. The machine
 * may be small and noisy: read the ratios and the spread, not the last digit.
 *
 *     deno task bench [--quick] [--only bare,crosscomm] [--work messages,transfers]
 */

import { parseArgs } from "node:util";
import { CONTENDERS } from "./contenders.ts";
import { removeAll } from "./leftovers.ts";
import { FAN_OUT } from "./load/fan_out.ts";
import { PAIRS } from "./load/pairs.ts";
import { goalRatio, GOALS, OURS, report, type Run } from "./report.ts";
import { type CrowdTiming, type Entrant, type FlowTiming, measureCrowds, measureFlows } from "./rounds.ts";
import { transferGoals, transferReport } from "./transfer_report.ts";
import { measureTransfers, type TransferTiming } from "./transfers.ts";

const WORK = ["messages", "transfers"];

const USAGE = `Usage: deno task bench [--quick] [--only <contender,…>] [--work <part,…>]

  --quick   few short rounds: to see that it works, not to compare
  --only    of ${CONTENDERS.map(({ name }) => name).join(", ")}; the ceiling always runs
  --work    of ${WORK.join(", ")}; transfers are those of ${OURS}, against a bare fetch`;

const FLOWS: FlowTiming = { rounds: 5, firstWarmUpMs: 2_000, warmUpMs: 500, measureMs: 2_000 };
const CROWDS: CrowdTiming = { rounds: 5, clients: 2_000, warmUpMs: 1_000, limitMs: 5_000, settleMs: 1_000 };
const QUICK_FLOWS: FlowTiming = { rounds: 3, firstWarmUpMs: 500, warmUpMs: 200, measureMs: 500 };
const QUICK_CROWDS: CrowdTiming = { rounds: 2, clients: 500, warmUpMs: 300, limitMs: 2_000, settleMs: 300 };
const TRANSFERS: TransferTiming = { rounds: 5, fileBytes: 2 ** 30, files: 2_000, latencyMs: 5_000 };
const QUICK_TRANSFERS: TransferTiming = { rounds: 2, fileBytes: 2 ** 27, files: 500, latencyMs: 1_000 };

/** Undefined when only the help is wanted. */
function readOptions(args: string[]): { quick: boolean; names: string[]; work: string[] } | undefined {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      work: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const names = choose("contender", CONTENDERS.map(({ name }) => name), values.only);
  return { quick: values.quick, names: ["ceiling", ...names], work: choose("part of the work", WORK, values.work) };
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
      console.error(`${contender.name} skipped: ${skipped[contender.name]}`);
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
  if (options === undefined) return console.log(USAGE);

  const { quick, names, work } = options;
  // The others are no part of transfers.
  const { entrants, skipped } = await prepare(
    work.includes("messages") ? names : names.filter((name) => name === OURS),
  );
  const messages = work.includes("messages") ? await measureMessages(entrants, quick) : undefined;
  const ours = entrants.find(({ contender }) => contender.name === OURS);
  const transfers = ours && work.includes("transfers")
    ? await measureTransfers(ours, quick ? QUICK_TRANSFERS : TRANSFERS)
    : undefined;

  if (messages) console.log(report(messages));
  if (transfers) console.log(transferReport(transfers));
  const results = {
    date: new Date().toISOString(),
    quick,
    machine: { os: Deno.build.os, arch: Deno.build.arch, cores: navigator.hardwareConcurrency },
    versions: Object.fromEntries(entrants.map(({ contender, version }) => [contender.name, version])),
    skipped,
    ...messages,
    ...messages && { goals: GOALS.map((goal) => ({ ...goal, ratio: goalRatio(messages, goal) })) },
    ...transfers && { transfers: { ...transfers, goals: transferGoals(transfers) } },
  };
  await Deno.writeTextFile(`${import.meta.dirname}/results.json`, JSON.stringify(results, null, 2) + "\n");
}

async function measureMessages(entrants: Entrant[], quick: boolean): Promise<Run> {
  console.error("\nfan-out");
  const fanOut = await measureFlows(entrants, FAN_OUT, quick ? QUICK_FLOWS : FLOWS);
  console.error("pairs");
  const pairs = await measureFlows(entrants, PAIRS, quick ? QUICK_FLOWS : FLOWS);
  console.error("logins and memory");
  const crowd = await measureCrowds(entrants, quick ? QUICK_CROWDS : CROWDS);
  return { fanOut, pairs, crowd };
}

async function interrupted(): Promise<void> {
  await removeAll();
  Deno.exit(130);
}

Deno.addSignalListener("SIGINT", interrupted);
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupted);
try {
  await main(Deno.args);
} finally {
  await removeAll();
}
Deno.exit(0); // the signal listeners would keep the process
