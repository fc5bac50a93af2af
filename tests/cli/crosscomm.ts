import { Command, type CommandOptions, type Ended } from "../support/command.ts";

const main = new URL("../../mod.ts", import.meta.url);
/** Where commands run unless told otherwise: a `.env` beside the sources is not for them. */
export const apart = import.meta.dirname!;

/** Starts `crosscomm` with these arguments, away from any settings of the machine that the tests run on. */
export function start(args: string[], options: CommandOptions = {}): Command {
  const env: Record<string, string> = { CROSSCOMM_IP: "127.0.0.1", ...options.env };
  return new Command(Deno.execPath(), ["run", "-A", main.href, ...args], { cwd: apart, ...options, env });
}

/** Runs `crosscomm` to its end. */
export async function crosscomm(args: string[], options?: CommandOptions): Promise<Ended> {
  await using command = start(args, options);
  return await command.end();
}

/** Starts `crosscomm` from a shell that redirects its streams. */
export function startRedirected(args: readonly string[], redirection: string, options: CommandOptions = {}): Command {
  const words = [Deno.execPath(), "run", "-A", main.href, ...args].map((word) => `'${word}'`).join(" ");
  const env: Record<string, string> = { CROSSCOMM_IP: "127.0.0.1", ...options.env };
  return new Command("sh", ["-c", `exec ${words} ${redirection}`], { cwd: apart, ...options, env });
}
