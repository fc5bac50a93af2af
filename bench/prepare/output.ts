import { cleanEnvironment } from "../../tests/interop/python_env.ts";

export interface OutputOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** The status with which it ends if all is well. */
  status?: number;
}

/** Runs a program to its end and returns what it printed. Rejects where it is not there, or ends in another way. */
export async function output(
  program: string,
  args: string[],
  { cwd, env, status = 0 }: OutputOptions = {},
): Promise<string> {
  const command = new Deno.Command(program, { args, cwd, stdin: "null", ...cleanEnvironment(env) });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (code !== status) throw new Error(`\`${program} ${args.join(" ")}\` failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}
