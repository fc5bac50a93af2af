import type { Flag, Settings } from "./flags.ts";
import type { Output } from "./output.ts";

/** A subcommand, as the list of them shows it. */
export interface Subcommand {
  name: string;
  /** One line. */
  summary: string;
  load(): Promise<Command>;
}

/** What a subcommand takes and does. */
export interface Command {
  /** The arguments after the command's name, as the help shows them. */
  usage: string;
  /** More than the summary says, where there is more to say. */
  details?: string;
  flags: readonly Flag[];
  /** Command lines after `crosscomm`. */
  examples: readonly string[];
  /**
   * Does the work; a failure is thrown. `interrupted` fires at the first Ctrl-C or SIGTERM, upon which the command
   * ends what it does; the second one ends the program.
   */
  run(settings: Settings, output: Output, interrupted: AbortSignal): Promise<void>;
}

/** The flags that every command has. */
export const commonFlags: readonly Flag[] = [
  { name: "json", help: "print one JSON object a line, and nothing else, on standard output" },
  { name: "help", help: "show this help" },
];
