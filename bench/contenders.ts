/** Who is measured: how each hub is made ready once, and how it is started. */

import { pythonWithPywayne, runPython } from "../tests/interop/python_env.ts";
import type { Launch } from "./hub_process.ts";

export interface Contender {
  name: string;
  /** Installs what it needs. Rejects when it cannot run here: then it is skipped, with the error as the reason. */
  prepare(): Promise<{ version: string; launch: Launch }>;
  /** It does not read what it is sent, so heartbeats would be taken for messages. */
  countsEveryFrame?: true;
}

/** In the order in which they take turns. */
export const CONTENDERS: Contender[] = [
  { name: "ceiling", prepare: ceiling, countsEveryFrame: true },
  { name: "pywayne", prepare: pywayne },
  { name: "ws", prepare: nodeWs },
  { name: "bare", prepare: bare },
  { name: "crosscomm", prepare: crosscomm },
];

const here = import.meta.dirname!;
const denoVersion = `Deno ${Deno.version.deno}`;

function script(file: string): Launch {
  return (port) => ({
    program: Deno.execPath(),
    args: ["run", "--no-config", "--allow-net=127.0.0.1", `${here}/contenders/${file}`, String(port)],
  });
}

function ceiling() {
  return Promise.resolve({ version: denoVersion, launch: script("ceiling.ts") });
}

function bare() {
  return Promise.resolve({ version: denoVersion, launch: script("bare.ts") });
}

async function crosscomm() {
  const main = await Deno.realPath(`${here}/../mod.ts`).catch(() => {
    throw new Error("there is no mod.ts yet");
  });
  const { version } = JSON.parse(await Deno.readTextFile(`${here}/../deno.json`));
  // The permissions of `deno task start`, and its logging: what a user has.
  const permissions = ["net", "read", "write", "env", "sys=networkInterfaces,osRelease,statfs"].map((name) =>
    `--allow-${name}`
  );
  const launch: Launch = (port, folder) => ({
    program: Deno.execPath(),
    args: [
      ...["run", "--no-prompt", ...permissions, main, "server"],
      ...["--ip", "127.0.0.1", "--port", String(port)],
      ...["--clients-file", `${folder}/clients.yaml`, "--store-folder", `${folder}/store`],
    ],
  });
  return { version: `crosscomm ${version} on ${denoVersion}`, launch };
}

async function pywayne() {
  const program = await pythonWithPywayne();
  const version = await runPython(
    "import sys, importlib.metadata as m; print(m.version('pywayne'), 'on Python', sys.version.split()[0])",
  );
  const launch: Launch = (port) => ({
    program,
    args: [`${here}/contenders/pywayne_hub.py`, String(port)],
    // It makes an OSS client at the start and uses it for files alone: the address is never called.
    env: { OSS_ENDPOINT: "http://127.0.0.1:1", OSS_BUCKET_NAME: "bucket" },
  });
  return { version: `pywayne ${version.trim()}`, launch };
}

async function nodeWs() {
  const folder = `${here}/contenders/node_ws`;
  const node = await output("node", ["--version"]);
  const installed = () => Deno.readTextFile(`${folder}/node_modules/ws/package.json`).catch(() => undefined);
  if (await installed() === undefined) {
    // No lock file: it would name the registry that this machine happens to use.
    await output("npm", ["install", "--prefix", folder, "--no-package-lock", "--no-audit", "--no-fund"]);
  }
  const { version } = JSON.parse(await installed() ?? "{}");
  const launch: Launch = (port) => ({ program: "node", args: [`${folder}/hub.mjs`, String(port)] });
  return { version: `ws ${version} on Node ${node.trim()}`, launch };
}

async function output(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) throw new Error(`\`${program} ${args.join(" ")}\` failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
