/** Has npm put into `.node`, at the root of the repository, what the tests run in Node. */
import { cleanEnvironment } from "./python_env.ts";

const PACKAGE = "ali-oss@6.23.0";

let made: Promise<string | undefined> | undefined;

/** The folder with ali-oss in it, made on the first call; `undefined`, and a word of it, where there is no Node. */
export function nodeWithAliOss(): Promise<string | undefined> {
  return made ??= makeEnvironment();
}

async function makeEnvironment(): Promise<string | undefined> {
  if (await run("node", "--version") === undefined) {
    console.log("The tests of ali-oss in Node are skipped: there is no node here.");
    return undefined;
  }
  const folder = `${await Deno.realPath(`${import.meta.dirname}/../..`)}/.node`;
  const isThere = await Deno.stat(`${folder}/node_modules/ali-oss/package.json`).then(() => true, () => false);
  if (!isThere) await run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, PACKAGE);
  return folder;
}

/** Runs a program of Node's and gives what it printed; `undefined` where there is none. */
export async function run(program: "node" | "npm", ...args: string[]): Promise<string | undefined> {
  const command = new Deno.Command(program, { args, stdin: "null", ...cleanEnvironment() });
  const output = await command.output().catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (output === undefined) return undefined;
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!output.success) throw new Error(`\`${program} ${args.join(" ")}\` failed:\n${stderr}${stdout}`);
  return stdout;
}
