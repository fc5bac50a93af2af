import { sayError } from "./say.ts";

/**
 * Writes a line to standard output. Where that is not possible, the program ends: what would come later must not count
 * as delivered. Where nobody reads it any more, as in `listen | head -1`, that is with the status of one that a broken
 * pipe ended.
 */
export function writeLine(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  try {
    for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    sayError(`standard output cannot be written to: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
