/** Has npm put into `.node`, at the root of the repository, what the tests run in Node. */
import { runIfThere } from "./tool.ts";

const PACKAGE = "ali-oss@6.23.0";

let made: Promise<string | undefined> | undefined;

/** The folder with ali-oss in it, made on the first call; `undefined`, and a word of it, where there is no Node. */
export function nodeWithAliOss(): Promise<string | undefined> {
  return made ??= makeEnvironment();
}

async function makeEnvironment(): Promise<string | undefined> {
  if (await runIfThere("node", "--version") === undefined) {
    console.log("The tests of ali-oss in Node are skipped: there is no node here.");
    return undefined;
  }
  const folder = `${await Deno.realPath(`${import.meta.dirname}/../..`)}/.node`;
  const isThere = await Deno.stat(`${folder}/node_modules/ali-oss/package.json`).then(() => true, () => false);
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error"];
  if (!isThere) await runIfThere("npm", "install", ...quietly, "--prefix", folder, PACKAGE);
  return folder;
}
