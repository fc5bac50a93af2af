import process from "node:process";
import { clearScreenDown, createInterface, cursorTo, moveCursor } from "node:readline";

/** Lines that a person types, with what arrives meanwhile printed above the line being typed. */
export interface Prompt extends Disposable {
  readonly lines: AsyncIterableIterator<string>;
  /** Prints a line above the one being typed. */
  write(line: string): void;
  /** Shows the prompt for the next line. */
  next(prompt: string): void;
}

/** A prompt on the terminal; where standard input is none, its lines are read without one. */
export function openPrompt(interrupted: AbortSignal): Prompt {
  const terminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const { stdin, stdout } = process;
  const reader = createInterface({ input: stdin, output: terminal ? stdout : undefined, terminal });
  // On a terminal readline takes Ctrl-C as a key; it then means what it means everywhere else.
  reader.on("SIGINT", () => reader.close());
  const close = () => reader.close();
  interrupted.addEventListener("abort", close);
  return {
    lines: reader[Symbol.asyncIterator](), // at once: it begins to read here, and misses what came before
    write(line) {
      if (!terminal) {
        console.log(line);
        return;
      }
      moveCursor(stdout, 0, -reader.getCursorPos().rows);
      cursorTo(stdout, 0);
      clearScreenDown(stdout);
      stdout.write(`${line}\n`);
      reader.prompt(true);
    },
    next(prompt) {
      if (!terminal) return;
      reader.setPrompt(prompt);
      reader.prompt();
    },
    [Symbol.dispose]() {
      interrupted.removeEventListener("abort", close);
      reader.close();
    },
  };
}
