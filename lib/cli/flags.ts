import { type Args, parseArgs } from "@std/cli/parse-args";
import { load } from "@std/dotenv";
import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** A flag of a command. Without `value` it is a switch. */
export interface Flag {
  name: string;
  /** What stands for its value in the help: `SECONDS`. */
  value?: string;
  /** Whether the value is a number. */
  number?: boolean;
  /** The environment variable, or line of `.env`, that stands in where the flag is not given. */
  env?: string;
  help: string;
}

/** A command line that makes no sense. The program exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a command was given: flags first, then the environment, then `.env`. */
export class Settings {
  readonly positional: string[];
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #args: Args;

  private constructor(flags: readonly Flag[], args: Args) {
    this.positional = args._.map(String);
    this.#flags = new Map(flags.map((flag) => [flag.name, flag]));
    this.#args = args;
  }

  /** Reads a command's arguments. Throws a {@linkcode UsageError}, with a hint, at a flag that is none of `flags`. */
  static async read(args: readonly string[], flags: readonly Flag[]): Promise<Settings> {
    const namesOf = (valued: boolean) =>
      flags.filter((flag) => valued === (flag.value !== undefined)).map(({ name }) => name);
    const valued = namesOf(true);
    const parsed = parseArgs(withValues(args, valued), {
      boolean: namesOf(false),
      string: [...valued, "_"],
      alias: { help: "h" },
      unknown: (arg, key) => {
        if (key !== undefined) throw new UsageError(`there is no flag ${arg.split("=")[0]}${hint(arg, flags)}`);
      },
    });
    try {
      await load({ export: true }); // what the environment has stays as it is
    } catch (cause) {
      throw new UsageError(`the file .env cannot be read: ${(cause as Error).message}`, { cause });
    }
    return new Settings(flags, parsed);
  }

  /** Whether a flag stands on the command line itself. */
  given(name: string): boolean {
    return this.#args[name] !== undefined;
  }

  /** Whether a switch is on. */
  on(name: string): boolean {
    return this.#args[name] === true;
  }

  /** The value of a flag; `undefined` where it is given nowhere. */
  text(name: string): string | undefined {
    const given: string | string[] | undefined = this.#args[name];
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value === "") throw new UsageError(`--${name} needs a value: --${name} ${this.#flags.get(name)?.value}`);
    return value ?? this.#fromEnvironment(name);
  }

  /** The value of a flag that takes a number. */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (text.trim() !== "" && !Number.isNaN(number)) return number;
    throw new UsageError(`${this.#spelling(name)} takes a number, not ${JSON.stringify(text)}`);
  }

  /** A complaint of the library's in the words of the command line: heartbeatTimeout is --heartbeat-timeout here. */
  inFlags(complaint: string): string {
    const [option] = complaint.split(" ", 1);
    const name = option!.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
    return this.#flags.has(name) ? `${this.#spelling(name)}${complaint.slice(option!.length)}` : complaint;
  }

  /** A flag, and where it was not given, the variable that stands in for it. */
  #spelling(name: string): string {
    const env = this.#flags.get(name)?.env;
    return `--${name}${env === undefined || this.given(name) ? "" : ` (here ${env})`}`;
  }

  #fromEnvironment(name: string): string | undefined {
    const env = this.#flags.get(name)?.env;
    if (env === undefined) return undefined;
    return Deno.env.get(env) || undefined; // a line of .env that is left empty sets nothing
  }
}

/** The arguments with each value bound to its flag: a value may be empty, or begin with a dash as -5 does. */
function withValues(args: readonly string[], valued: readonly string[]): string[] {
  const bound: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [arg, next] = [args[at]!, args[at + 1]];
    if (arg === "--") return [...bound, ...args.slice(at)];
    const takesNext = arg.startsWith("--") && valued.includes(arg.slice(2)) &&
      next !== undefined && !next.startsWith("--") && next !== "-h";
    bound.push(takesNext ? `${arg}=${next}` : arg);
    if (takesNext) at++;
  }
  return bound;
}

function hint(arg: string, flags: readonly Flag[]): string {
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  return nearest(name, flags.map((flag) => flag.name), "--");
}

/** `: did you mean …?`, where one of the words is near. */
export function nearest(word: string, words: readonly string[], prefix = ""): string {
  const near = closestString(word, words);
  const close = near.startsWith(word) || levenshteinDistance(word, near) <= Math.ceil(near.length / 3);
  return close ? `: did you mean ${prefix}${near}?` : "";
}
