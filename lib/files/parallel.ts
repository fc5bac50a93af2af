import { linkedAbort, throwIfAborted } from "./retry.ts";

/**
 * Works on several items at once, and takes the next when there is room for it. The first failure ends it, and fires
 * the signal of what is under way.
 *
 * @param room How much may be under way, in the unit of `weightOf`.
 */
export async function runParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  room: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  weightOf: (item: T) => number = () => 1,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let taken = 0;
  using abort = linkedAbort(signal);
  try {
    for await (const item of items) {
      const weight = Math.min(room, weightOf(item));
      while (taken + weight > room && failures.length === 0) await Promise.race(running);
      if (failures.length > 0) break;
      throwIfAborted(signal);
      taken += weight;
      const job: Promise<void> = work(item, abort.signal).catch((error) => {
        failures.push(error);
        abort.fire(error);
      }).finally(() => {
        taken -= weight;
        running.delete(job);
      });
      running.add(job);
      // What is to come is fetched when there is room for the least of it.
      while (taken >= room && failures.length === 0) await Promise.race(running);
    }
  } catch (error) {
    abort.fire(error);
    throw error;
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
}
