import { CrossCommError } from "../protocol/errors.ts";

/** What a caller gets whose signal has fired. */
export function aborted(signal: AbortSignal): CrossCommError {
  return new CrossCommError("ABORTED", "this was given up", { cause: signal.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

/**
 * The promise, but for no longer than `seconds`.
 *
 * @throws {CrossCommError} `TIMEOUT`, which says `why`, or `ABORTED` where `signal` fired.
 */
export async function within<T>(promise: Promise<T>, seconds: number, why: string, signal?: AbortSignal): Promise<T> {
  throwIfAborted(signal);
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new CrossCommError("TIMEOUT", why)), seconds * 1000);
  const abort = () => reject(aborted(signal!));
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** A promise that may be rejected with nobody waiting for it. */
export function handledLater<T = void>(): PromiseWithResolvers<T> {
  const resolvers = Promise.withResolvers<T>();
  resolvers.promise.catch(() => {});
  return resolvers;
}
