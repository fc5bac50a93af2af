import process from "node:process";
import { clearScreenDown, createInterface, cursorTo, moveCursor } from "node:readline";
import { writeLine } from "./write_line.ts";

/** Lines that a person types, with what arrives meanwhile printed above the line being typed. */
export interface Prompt extends Disposable {
  readonly lines: AsyncIterableIterator<string>;
  /** Fires at Ctrl-C, wherever it is typed, and at SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Fires when a person on a terminal leaves: at the word for it, and at Ctrl-D, though lines before it wait to be read. */
  readonly left: AbortSignal;
  /** Prints a line above the one being typed. */
  write(line: string): void;
  /** Ends the lines. */
  end(): void;
  /** Shows the prompt for the next line, or another one for the line being typed. */
  next(prompt: string): void;
}

/** A prompt on the terminal; where standard input is none, its lines are read without one. */
export function openPrompt(interrupted: AbortSignal, farewell: string): Prompt {
  const terminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const { stdin, stdout } = process;
  const reader = createInterface({ input: stdin, output: terminal ? stdout : undefined, terminal });
  // On a terminal readline takes Ctrl-C as a key; it then means what it means everywhere else.
  const ctrlC = new AbortController();
  reader.on("SIGINT", () => ctrlC.abort());
  const anyInterrupt = AbortSignal.any([interrupted, ctrlC.signal]);
  const left = new AbortController();
  const close = () => reader.close();
  anyInterrupt.addEventListener("abort", close);
  let isShown = false;
  if (terminal) {
    reader.on("line", (line) => {
      isShown = false;
      if (line.split(/\s/, 1)[0] === farewell) left.abort();
    });
    reader.on("SIGCONT", () => reader.prompt(true)); // after Ctrl-Z and fg it does not read until it is asked to
    reader.on("close", () => {
      if (isShown) stdout.write("\n"); // leave the line being typed as it is
      left.abort();
    });
  }
  return {
    lines: reader[Symbol.asyncIterator](), // at once: it begins to read here, and misses what came before
    interrupted: anyInterrupt,
    left: left.signal,
    write(line) {
      if (!terminal || left.signal.aborted) {
        writeLine(line);
        return;
      }
      const { rows } = reader.getCursorPos();
      moveCursor(stdout, 0, -rows);
      cursorTo(stdout, 0);
      clearScreenDown(stdout);
      stdout.write(line + "\n".repeat(1 + rows)); // readline goes up again by the rows that it remembers
      reader.prompt(true);
      isShown = true;
    },
    next(prompt) {
      if (!terminal || left.signal.aborted) return;
      reader.setPrompt(prompt);
      reader.prompt(true); // with the cursor where it is in what has been typed already
      isShown = true;
    },
    end: close,
    [Symbol.dispose]() {
      anyInterrupt.removeEventListener("abort", close);
      reader.close();
    },
  };
}
