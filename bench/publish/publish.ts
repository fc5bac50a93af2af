/** Turns a run into what is shown of it: plots, and tables in the READMEs. */

import { output } from "../prepare/output.ts";
import type { Run } from "../run.ts";
import { plots } from "./plots.ts";
import { writeReadmes } from "./readme.ts";

const PLOTS = `${import.meta.dirname}/../plots`;
const ROOT = `${import.meta.dirname}/../..`;

export async function publish(run: Run): Promise<void> {
  const files = plots(run.findings);
  await Deno.mkdir(PLOTS, { recursive: true });
  for (const [name, content] of Object.entries(files)) await Deno.writeTextFile(`${PLOTS}/${name}`, content);
  await writeReadmes(run, Object.keys(files));
  await output(Deno.execPath(), ["fmt", "--quiet", "README.md", "README.zh-CN.md", PLOTS], { cwd: ROOT });
}
