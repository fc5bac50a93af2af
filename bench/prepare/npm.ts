/** Hubs on packages from npm, which are installed on the first run, into `.bench` at the root of the repository. */

import type { Ready } from "../contenders.ts";
import type { Launch } from "../hub_process.ts";
import { output } from "./output.ts";

const CONTENDERS = `${import.meta.dirname}/../contenders`;
const FOLDER = `${import.meta.dirname}/../../.bench`;

let installed: Promise<string> | undefined;

/** The folder in which the packages are. */
function packages(): Promise<string> {
  return installed ??= install();
}

async function install(): Promise<string> {
  const wanted = await Deno.readTextFile(`${CONTENDERS}/package.json`);
  const done = `${FOLDER}/node_modules/.installed.json`; // written last, and gone when the packages are
  if (await Deno.readTextFile(done).catch(() => undefined) !== wanted) {
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeTextFile(`${FOLDER}/package.json`, wanted);
    await output("npm", ["install", "--prefix", FOLDER, "--no-audit", "--no-fund"]);
    await Deno.writeTextFile(done, wanted);
  }
  return await Deno.realPath(FOLDER);
}

export async function nodeHub(name: string, script: string): Promise<Ready> {
  const node = await output("node", ["--version"]);
  const folder = await packages();
  const { version } = JSON.parse(await Deno.readTextFile(`${folder}/node_modules/${name}/package.json`));
  const launch: Launch = (port) => ({ program: "node", args: [`${CONTENDERS}/${script}`, String(port), folder] });
  return { version: `${name} ${version} on Node ${node}`, launch };
}

export async function bunHub(): Promise<Ready> {
  const bun = `${await packages()}/node_modules/.bin/bun`;
  const version = await output(bun, ["--version"]);
  return {
    version: `Bun ${version}`,
    launch: (port) => ({ program: bun, args: [`${CONTENDERS}/bun.mjs`, String(port)] }),
  };
}
