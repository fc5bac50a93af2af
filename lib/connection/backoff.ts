/** How long to wait before the first new attempt, at most, in milliseconds. */
const BASE_MS = 250;

/**
 * How long to wait before a new attempt, in milliseconds: the ceiling doubles with each attempt that has failed, and
 * the wait is drawn from all below it, so that those who lost a hub together do not come back together.
 */
export function backoff(failures: number, maxMs: number, random: () => number = Math.random): number {
  return random() * Math.min(maxMs, BASE_MS * 2 ** failures);
}
