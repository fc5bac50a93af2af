/** A worker's side: does what the lines on standard input say, and answers each with a line. Ends with its input. */

// deno-lint-ignore no-explicit-any
export type Orders = Record<string, (...args: any[]) => Promise<unknown>>;

export async function obey(orders: Orders): Promise<never> {
  let unread = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    unread += text;
    for (let end; (end = unread.indexOf("\n")) >= 0; unread = unread.slice(end + 1)) {
      carryOut(orders, JSON.parse(unread.slice(0, end))); // not awaited: the input's end is to be seen at once
    }
  }
  Deno.exit(0);
}

async function carryOut(orders: Orders, { order, args }: { order: string; args: unknown[] }): Promise<void> {
  let answer: { answer?: unknown; error?: string };
  try {
    answer = { answer: await orders[order]!(...args) };
  } catch (error) {
    answer = { error: String(error) };
  }
  const line = new TextEncoder().encode(`${JSON.stringify(answer)}\n`);
  for (let at = 0; at < line.length;) at += Deno.stdout.writeSync(line.subarray(at));
}

/** How many seconds it takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1_000;
}
