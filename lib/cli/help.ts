import { bold } from "@std/fmt/colors";
import { type Command, commonFlags, type Subcommand } from "./command.ts";
import type { Flag } from "./flags.ts";

/** The help of the whole program. */
export function programHelp(subcommands: readonly Subcommand[], version: string): string {
  return `crosscomm ${version}: messages between programs in different languages on different devices

${bold("Usage:")} crosscomm COMMAND [FLAGS]

${bold("Commands:")}
${table(subcommands.map(({ name, summary }) => [name, summary]))}

${bold("Flags:")}
${table([["-h, --help", "show this help, or a command's: crosscomm send --help"], ["--version", "show the version"]])}

Settings come from flags, then from the environment, then from a file .env in the working directory.`;
}

/** The help of one command. */
export function commandHelp(
  { name, summary }: Subcommand,
  { usage, details, flags, examples }: Command,
): string {
  const usageLine = ["crosscomm", name, usage, "[FLAGS]"].filter((word) => word !== "").join(" ");
  return `${summary}

${bold("Usage:")} ${usageLine}
${details === undefined ? "" : `\n${details}\n`}
${bold("Flags:")}
${table([...flags, ...commonFlags].map((flag) => [spelling(flag), explanation(flag)]))}

${bold("Examples:")}
${examples.map((example) => `  crosscomm ${example}`).join("\n")}`;
}

function spelling({ name, value }: Flag): string {
  const short = name === "help" ? "-h, " : "";
  return `${short}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function explanation({ help, env }: Flag): string {
  return env === undefined ? help : `${help} [${env}]`;
}

function table(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
