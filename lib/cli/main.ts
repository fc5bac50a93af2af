import { setColorEnabled } from "@std/fmt/colors";
import config from "../../deno.json" with { type: "json" };
import { CrossCommError } from "../protocol/errors.ts"; // of the root files, each would load what one subcommand needs
import { commonFlags } from "./command.ts";
import { nearest, Settings, UsageError } from "./flags.ts";
import { commandHelp, programHelp } from "./help.ts";
import { Interrupts } from "./interrupts.ts";
import { Output, printable } from "./output.ts";
import { say, sayError } from "./say.ts";
import { subcommands } from "./subcommands.ts";
import { writeLine } from "./write_line.ts";

/** Runs a command line, and returns the status for the program to exit with. */
export async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  setColorEnabled(!Deno.noColor && Deno.stdout.isTerminal() && Deno.stderr.isTerminal());
  try {
    return await dispatch(name, rest);
  } catch (error) {
    const usage = error instanceof UsageError;
    if (!usage && !(error instanceof CrossCommError)) throw error;
    sayError(printable(error.message));
    if (!usage) return 1;
    say(
      `See: crosscomm ${subcommands.some((subcommand) => subcommand.name === name) ? `${name} ` : ""}--help`,
    );
    return 2;
  }
}

async function dispatch(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === undefined) {
    say(programHelp(subcommands, config.version));
    return 2;
  }
  if (name === "--version") {
    writeLine(`crosscomm ${config.version}`);
    return 0;
  }
  const help = name === "--help" || name === "-h" || name === "help";
  if (help && args.length === 0) {
    writeLine(programHelp(subcommands, config.version));
    return 0;
  }
  const wanted = help ? args[0]! : name;
  const subcommand = subcommands.find((subcommand) => subcommand.name === wanted);
  if (subcommand === undefined) {
    const what = wanted.startsWith("-") ? "flag" : "command";
    throw new UsageError(`there is no ${what} ${wanted}${nearest(wanted, subcommands.map(({ name }) => name))}`);
  }
  const command = await subcommand.load();
  const settings = await Settings.read(help ? ["--help"] : args, [...command.flags, ...commonFlags]);
  if (settings.on("help")) {
    writeLine(commandHelp(subcommand, command));
    return 0;
  }
  using interrupts = new Interrupts();
  try {
    if (command.usage === "" && settings.positional.length > 0) {
      throw new UsageError(`${name} takes flags alone, not ${JSON.stringify(settings.positional[0])}`);
    }
    await command.run(settings, new Output(settings.on("json")), interrupts.signal);
    return 0;
  } catch (error) {
    if (isAbort(error)) return 130; // as a shell reports a program ended by Ctrl-C
    throw isUsage(error) ? new UsageError(settings.inFlags(error.message), { cause: error }) : error;
  }
}

/** Whether the library was asked for what it cannot make sense of. */
function isUsage(error: unknown): error is CrossCommError {
  return error instanceof CrossCommError && (error.code === "INVALID_ARGUMENT" || error.code === "INVALID_CONTENT");
}

/** Whether a command only failed because it was interrupted: nothing else aborts one. */
function isAbort(error: unknown): boolean {
  return error instanceof CrossCommError && error.code === "ABORTED" ||
    error instanceof DOMException && error.name === "AbortError";
}
