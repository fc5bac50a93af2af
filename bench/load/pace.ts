import { setTimeout as sleep } from "node:timers/promises";

/** Acts so many times a second for `ms`, whatever comes of it. What is due is done once a millisecond. */
export async function pace(perSecond: number, ms: number, act: (count: number) => void): Promise<void> {
  const start = performance.now();
  let done = 0;
  while (true) {
    const elapsed = Math.min(performance.now() - start, ms);
    const due = Math.floor((elapsed / 1_000) * perSecond) - done;
    if (due > 0) act(due);
    done += due;
    if (elapsed >= ms) return;
    await sleep(1);
  }
}
