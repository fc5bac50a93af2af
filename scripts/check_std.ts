/**
 * Checks and tests the project on the real @std packages, in the place of those that `links` in deno.json names:
 * on JSR's, or on those of the checkout of denoland/std whose path is given.
 */
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const checkout = Deno.args[0];

const config = JSON.parse(Deno.readTextFileSync(resolve(root, "deno.json")));
config.links = checkout === undefined ? [] : [relative(root, resolve(checkout))];
// Beside deno.json, since what deno.json names is relative to it.
const configPath = Deno.makeTempFileSync({ dir: root, prefix: ".std_check_", suffix: ".json" });

// Unheard, a signal would end this process with the file still there.
const interrupted = new AbortController();
Deno.addSignalListener("SIGINT", () => interrupted.abort());
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => interrupted.abort());

let status: number;
try {
  Deno.writeTextFileSync(configPath, JSON.stringify(config));
  status = await findPackages() || await check() || await test();
} finally {
  Deno.removeSync(configPath);
}
Deno.exit(status);

/** The links' own test imports every @std package that we use. */
async function findPackages(): Promise<number> {
  const { code, stderr } = await deno("cache", ["tests/links_test.ts"], "piped");
  if (code === 0) return 0;
  const problem = new TextDecoder().decode(stderr);
  if (!problem.includes("JSR package manifest for '@std/")) console.error(problem);
  else if (checkout === undefined) {
    console.error("JSR cannot be reached from here: give the path of a checkout of denoland/std.");
  } else {
    console.error(
      `${checkout} has not every @std package that deno.json asks for, and JSR cannot be reached from here.`,
    );
  }
  return 1;
}

async function check(): Promise<number> {
  const entryPoints = Object.values<string>(config.exports);
  return (await deno("check", [...entryPoints, "lib", "tests"])).code;
}

async function test(): Promise<number> {
  const [, , ...flags]: string[] = config.tasks.test.command.split(" ");
  return (await deno("test", flags)).code;
}

function deno(command: string, args: string[], stderr: "inherit" | "piped" = "inherit"): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), {
    args: [command, "--config", configPath, "--no-lock", ...args],
    cwd: root,
    signal: interrupted.signal,
    stdout: "inherit",
    stderr,
  }).output();
}
