/**
 * The command line, for a program that wants to offer it as its own.
 *
 * @module
 */
import { run } from "./lib/cli/main.ts";

/**
 * Runs a command line, and exits with 0, with 1 after a failure, or with 2 where the command line makes no sense.
 *
 * @example
 * ```ts ignore
 * import { main } from "jsr:@x/crosscomm/cli";
 *
 * await main(["server", "--port", "9000"]);
 * ```
 */
export async function main(args: readonly string[]): Promise<void> {
  Deno.exit(await run(args));
}

if (import.meta.main) await main(Deno.args);
