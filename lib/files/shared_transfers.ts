import { linkedAbort, throwIfAborted } from "./retry.ts";
import type { OnProgress, Progress } from "./progress.ts";

interface Shared {
  result: Promise<string>;
  progress: Set<OnProgress>;
  waiting: number;
  abort: AbortController;
}

/** Transfers that several want at once and that happen once. */
export class SharedTransfers {
  readonly #running = new Map<string, Shared>();

  /** Joins what runs under the id, or starts it. It is given up when all who want it have given it up. */
  async join(
    id: string,
    { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal },
    start: (options: { onProgress: OnProgress; signal: AbortSignal }) => Promise<string>,
  ): Promise<string> {
    throwIfAborted(signal);
    const shared = this.#running.get(id) ?? this.#start(id, start);
    shared.waiting++;
    if (onProgress !== undefined) shared.progress.add(onProgress);
    using abort = linkedAbort(signal);
    const { promise: gaveUp, resolve } = Promise.withResolvers<void>();
    abort.signal.addEventListener("abort", () => resolve());
    try {
      const path = await Promise.race([shared.result, gaveUp]);
      if (path !== undefined) return path;
      // The last to go waits until what was begun is cleared away.
      if (shared.waiting === 1) {
        this.#running.delete(id);
        shared.abort.abort(signal!.reason);
        return await shared.result;
      }
      throwIfAborted(signal);
      return await shared.result;
    } finally {
      shared.waiting--;
      if (onProgress !== undefined) shared.progress.delete(onProgress);
    }
  }

  #start(id: string, start: (options: { onProgress: OnProgress; signal: AbortSignal }) => Promise<string>): Shared {
    const progress = new Set<OnProgress>();
    const abort = new AbortController();
    const onProgress = (now: Progress) => progress.forEach((tell) => tell(now));
    const result = start({ onProgress, signal: abort.signal }).finally(() => {
      if (this.#running.get(id) === shared) this.#running.delete(id);
    });
    const shared: Shared = { result, progress, waiting: 0, abort };
    this.#running.set(id, shared);
    return shared;
  }
}
