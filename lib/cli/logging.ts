import { configure, type LogLevel, type LogRecord, reset } from "@logtape/logtape";
import { dim, red, yellow } from "@std/fmt/colors";
import { clock, printable } from "./output.ts";
import { say } from "./say.ts";

/** How long lines gather to be written together, in milliseconds: a write of its own costs as much as half a login. */
const GATHER_MS = 20;
/** What comes before a program ends: `Deno.exit`, or a failure that nobody caught. */
const ENDINGS = ["unload", "error", "unhandledrejection"] as const;

/** A log that goes to standard error. */
export interface Logging extends AsyncDisposable {
  /** Writes what has gathered: before what is to stand behind it. */
  flush(): void;
}

/** Sends what the library logs to standard error, a line each, until disposed of. */
export async function logToStandardError(lowestLevel: LogLevel): Promise<Logging> {
  const lines = new Lines();
  await configure({
    sinks: { standardError: (record) => lines.add(formatRecord(record), isUrgent(record)) },
    loggers: [
      { category: "crosscomm", sinks: ["standardError"], lowestLevel },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  return {
    flush: () => lines.write(),
    async [Symbol.asyncDispose]() {
      await reset();
      lines[Symbol.dispose]();
    },
  };
}

/** Lines on their way to standard error. They stay in order, and the end of the program loses none. */
class Lines implements Disposable {
  readonly write = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length > 0) say(this.#lines.join("\n"));
    this.#lines = [];
  };
  #lines: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    for (const event of ENDINGS) addEventListener(event, this.write);
  }

  add(line: string, atOnce: boolean): void {
    this.#lines.push(line);
    if (atOnce) this.write();
    else this.#timer ??= setTimeout(this.write, GATHER_MS);
  }

  [Symbol.dispose](): void {
    for (const event of ENDINGS) removeEventListener(event, this.write);
    this.write();
  }
}

function isUrgent({ level }: LogRecord): boolean {
  return level === "warning" || level === "error" || level === "fatal";
}

function formatRecord({ timestamp, level, message }: LogRecord): string {
  const text = printable(message.map((part) => part instanceof Error ? part.message : String(part)).join(""));
  const mark = level === "error" || level === "fatal" ? red(level) : level === "warning" ? yellow(level) : undefined;
  return `${dim(clock(timestamp / 1000))} ${mark === undefined ? text : `${mark} ${text}`}`;
}
