/**
 * Writes a line to standard output. Where nobody reads it any more, as in `listen | head -1`, the program ends, with the
 * status of one that a broken pipe ended: what would come later must not count as delivered.
 */
export function writeLine(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  try {
    for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    Deno.exit(141);
  }
}
