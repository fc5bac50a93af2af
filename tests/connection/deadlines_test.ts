import { assert, assertEquals } from "@std/assert";
import { Deadlines } from "../../lib/connection/deadlines.ts";

Deno.test("of many deadlines those that are close to each other are dealt with together", async () => {
  const start = performance.now();
  const due = Array.from({ length: 100 }, (_, index) => start + 10 + index);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let looks = 0;
  const deadlines = new Deadlines((now) => {
    looks++;
    while (due.length > 0 && due[0]! <= now) due.shift();
    if (due.length === 0) resolve();
    return due[0] ?? Infinity;
  });
  for (const deadline of due) deadlines.add(deadline);
  await done;
  deadlines.end();
  assert(looks <= 5, `${looks} looks`);
});

Deno.test("a deadline that is past is dealt with at once, and without a warning of the platform's", async () => {
  const warned: unknown[] = [];
  const { setTimeout } = globalThis;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  globalThis.setTimeout = ((call: () => void, ms: number) => {
    if (ms < 0) warned.push(ms);
    return setTimeout(call, ms);
  }) as typeof setTimeout;
  try {
    const deadlines = new Deadlines(() => {
      resolve();
      return Infinity;
    });
    deadlines.add(performance.now() - 1000);
    await done;
    deadlines.end();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(warned, []);
});
