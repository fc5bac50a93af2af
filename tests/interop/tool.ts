import { cleanEnvironment } from "./python_env.ts";

/** Runs a program to its end, and gives what it printed; `undefined` where there is no such program here. */
export async function runIfThere(program: string, ...args: string[]): Promise<string | undefined> {
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
