import { configure, type LogLevel, type LogRecord, reset } from "@logtape/logtape";
import { dim, red, yellow } from "@std/fmt/colors";
import { clock, printable } from "./output.ts";

/** Sends what the library logs to standard error, a line each, until disposed of. */
export async function logToStandardError(lowestLevel: LogLevel): Promise<AsyncDisposable> {
  await configure({
    sinks: { standardError: (record) => console.error(formatRecord(record)) },
    loggers: [
      { category: "crosscomm", sinks: ["standardError"], lowestLevel },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  return { [Symbol.asyncDispose]: reset };
}

function formatRecord({ timestamp, level, message }: LogRecord): string {
  const text = printable(message.map((part) => part instanceof Error ? part.message : String(part)).join(""));
  const mark = level === "error" || level === "fatal" ? red(level) : level === "warning" ? yellow(level) : undefined;
  return `${dim(clock(timestamp / 1000))} ${mark === undefined ? text : `${mark} ${text}`}`;
}
