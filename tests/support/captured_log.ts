import { configure, type LogRecord, reset } from "@logtape/logtape";
import { Inbox } from "./inbox.ts";

/** What the package logs from here on, line by line: `warning: bob: rejected …`. */
export interface CapturedLog extends AsyncDisposable {
  /** Each line once, for `next`. */
  inbox: Inbox<string>;
  /** All lines so far. */
  lines: string[];
  /** Resolves to the next line that has all of these words in it. */
  next(...words: string[]): Promise<string>;
}

/** Captures the log until it is disposed of. Logging is set up for the whole process, and a test file is one. */
export async function captureLog(): Promise<CapturedLog> {
  const inbox = new Inbox<string>();
  const lines: string[] = [];
  await configure({
    sinks: {
      memory: (record) => {
        const line = render(record);
        lines.push(line);
        inbox.push(line);
      },
    },
    loggers: [
      { category: ["crosscomm"], sinks: ["memory"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  return {
    inbox,
    lines,
    next: (...words) => inbox.next((line) => words.every((word) => line.includes(word))),
    [Symbol.asyncDispose]: reset,
  };
}

function render({ level, message }: LogRecord): string {
  return `${level}: ${message.map(String).join("")}`;
}
