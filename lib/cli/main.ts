import { setColorEnabled } from "@std/fmt/colors";
import config from "../../deno.json" with { type: "json" };
import { CrossCommError } from "../../client.ts";
import { clients } from "./clients.ts";
import { client } from "./client.ts";
import { type Command, commonFlags } from "./command.ts";
import { nearest, Settings, UsageError } from "./flags.ts";
import { download } from "./download.ts";
import { commandHelp, programHelp } from "./help.ts";
import { Interrupts } from "./interrupts.ts";
import { listen } from "./listen.ts";
import { mailbox } from "./mailbox.ts";
import { Output, printError } from "./output.ts";
import { send } from "./send.ts";
import { server } from "./server.ts";
import { storage } from "./storage.ts";
import { token } from "./token.ts";

const commands: readonly Command[] = [server, client, send, listen, clients, download, storage, mailbox, token];

/** Runs a command line, and returns the status for the program to exit with. */
export async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  setColorEnabled(!Deno.noColor && Deno.stdout.isTerminal() && Deno.stderr.isTerminal());
  try {
    return await dispatch(name, rest);
  } catch (error) {
    const usage = error instanceof UsageError || error instanceof CrossCommError && error.code === "INVALID_ARGUMENT";
    if (!usage && !(error instanceof CrossCommError)) throw error;
    printError(error.message);
    if (!usage) return 1;
    console.error(`See: crosscomm ${commands.some((command) => command.name === name) ? `${name} ` : ""}--help`);
    return 2;
  }
}

async function dispatch(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === undefined) {
    console.error(programHelp(commands, config.version));
    return 2;
  }
  if (name === "--version") {
    console.log(`crosscomm ${config.version}`);
    return 0;
  }
  const help = name === "--help" || name === "-h" || name === "help";
  if (help && args.length === 0) {
    console.log(programHelp(commands, config.version));
    return 0;
  }
  const wanted = help ? args[0]! : name;
  const command = commands.find((command) => command.name === wanted);
  if (command === undefined) {
    const what = wanted.startsWith("-") ? "flag" : "command";
    throw new UsageError(`there is no ${what} ${wanted}${nearest(wanted, commands.map(({ name }) => name))}`);
  }
  const settings = await Settings.read(help ? ["--help"] : args, [...command.flags, ...commonFlags]);
  if (settings.on("help")) {
    console.log(commandHelp(command));
    return 0;
  }
  using interrupts = new Interrupts();
  try {
    await command.run(settings, new Output(settings.on("json")), interrupts.signal);
    return 0;
  } catch (error) {
    if (interrupts.signal.aborted && isAbort(error)) return 130; // as a shell reports a program ended by Ctrl-C
    throw error;
  }
}

/** Whether a command only failed because it was interrupted. */
function isAbort(error: unknown): boolean {
  return error instanceof CrossCommError && error.code === "ABORTED" ||
    error instanceof DOMException && error.name === "AbortError";
}
