import { executable, findCompiler } from "../../tests/compiled/compiler.ts";
import { OURS } from "../contenders.ts";
import { HubProcess, type Launch } from "../hub_process.ts";
import { RawSocket } from "../load/raw_socket.ts";
import { output } from "../prepare/output.ts";
import { serverArguments } from "../prepare/ours.ts";
import { type Results, takeTurns } from "../rounds.ts";
import { Scratch } from "../scratch.ts";
import type { Figure, Sample, Work } from "./work.ts";

const ROOT = `${import.meta.dirname}/../..`;
const FIGURES: Figure[] = [{ name: "start", what: "from the start on", unit: "ms", better: "less" }];
/** What a start is compared with. */
export const EMPTY = "empty program";

interface Starts {
  /** Of a program that does nothing, until it has ended. */
  empty: string[];
  hub: Launch;
}

/** How long until the first login is accepted, against a program that does nothing. */
export const START: Work = {
  name: "start",
  only: [OURS],
  seconds: (_, { rounds }) => 15 + rounds * 2,
  async *measure([ours], { rounds }) {
    await using scratch = new Scratch();
    const empty = scratch.path("empty.ts");
    await Deno.writeTextFile(empty, "");
    yield await finding(
      "deno run",
      { empty: [Deno.execPath(), "run", "--no-config", empty], hub: ours!.launch },
      rounds,
    );
    const compiled = await compile(scratch.folder, empty);
    if (compiled) yield await finding("compiled", compiled, rounds);
  },
};

async function finding(variant: string, starts: Starts, rounds: number) {
  console.error(`start, ${variant}`);
  const turns: { contender: { name: string }; run: () => Promise<number> }[] = [
    { contender: { name: EMPTY }, run: () => untilEnded(starts.empty) },
    { contender: { name: OURS }, run: () => untilLogin(starts.hub) },
  ];
  for (const { run } of turns) await run(); // what is on the disk is read once
  const results: Results<Sample> = await takeTurns(turns, rounds, async ({ run }) => ({ start: await run() }));
  return { work: "start", variant, figures: FIGURES, results };
}

async function untilEnded([program, ...args]: string[]): Promise<number> {
  const start = performance.now();
  await output(program!, args);
  return performance.now() - start;
}

async function untilLogin(launch: Launch): Promise<number> {
  const start = performance.now();
  await using hub = await HubProcess.start(launch);
  (await RawSocket.logIn(hub.port, "bench")).close();
  return performance.now() - start;
}

/** Undefined where nothing can be compiled. */
async function compile(folder: string, empty: string): Promise<Starts | undefined> {
  console.error("start: compiling …");
  const compiler = await findCompiler(folder);
  if ("whyNone" in compiler) {
    console.error(`  the compiled program is left out: ${compiler.whyNone}`);
    return undefined;
  }
  const { deno: [program, ...args], env } = compiler;
  const [emptyProgram, crosscomm] = [`${folder}/${executable("empty")}`, `${folder}/${executable("crosscomm")}`];
  await output(program, [...args, "compile", "--quiet", "--no-config", "--output", emptyProgram, empty], { env });
  const lock = `--lock=${folder}/deno.lock`; // Deno 2.4 rewrites it
  await Deno.copyFile(`${ROOT}/deno.lock`, `${folder}/deno.lock`);
  const script = ["run", lock, "--allow-run", "scripts/compile.ts", crosscomm, lock];
  await output(program, [...args, ...script], { cwd: ROOT, env });
  return {
    empty: [emptyProgram],
    hub: (port, folder) => ({ program: crosscomm, args: ["server", ...serverArguments(port, folder)] }),
  };
}
