import { PATIENCE } from "./inbox.ts";

const PAUSE = 50;

/** Asks again and again until the answer is yes: for what a hub knows and tells nobody, such as who went silent. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`Not within ${PATIENCE} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
