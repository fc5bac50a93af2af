import { CrossCommError } from "../protocol/errors.ts";

/** A failure that may be gone in a moment: the connection broke, or the store was busy or restarting. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  /** What to tell the caller where it does not go away. */
  readonly lasting: CrossCommError;

  constructor(lasting: CrossCommError) {
    super(lasting.message, { cause: lasting });
    this.lasting = lasting;
  }
}

/** Whether a store was given up that does not answer. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof CrossCommError && error.code === "STORAGE_UNREACHABLE";
}

/** How often something is tried before it counts as failed: over some seconds, in which a store can restart. */
export const MAX_ATTEMPTS = 7;

/** How long to wait after so many failures: 0.1 s, doubling up to 5 s, and up to a quarter more, not to come in step. */
export function backoff(failures: number): number {
  return Math.min(5000, 100 * 2 ** (failures - 1)) * (1 + Math.random() / 4);
}

/** Does something again while it fails with a `TransientError`. */
export async function withRetries<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
  for (let failures = 1;; failures++) {
    throwIfAborted(signal);
    try {
      return await action();
    } catch (error) {
      await waitToRetry(error, failures, signal);
    }
  }
}

/** Waits before the next attempt; throws where there should be none. */
export async function waitToRetry(error: unknown, failures: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  if (!(error instanceof TransientError)) throw error;
  if (failures >= MAX_ATTEMPTS) throw error.lasting;
  await pause(backoff(failures), signal);
}

/** Throws `ABORTED` where the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  if (signal.reason instanceof CrossCommError) throw signal.reason;
  throw new CrossCommError("ABORTED", "this transfer was given up", { cause: signal.reason });
}

/** A signal that fires with another one, until it is disposed of, or by itself. */
export function linkedAbort(signal: AbortSignal | undefined): Disposable & {
  signal: AbortSignal;
  fire(reason?: unknown): void;
} {
  const controller = new AbortController();
  const forward = () => controller.abort(signal!.reason);
  signal?.addEventListener("abort", forward);
  if (signal?.aborted) forward();
  return {
    signal: controller.signal,
    fire: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => signal?.removeEventListener("abort", forward),
  };
}

/** A signal that fires so many milliseconds after another one, until it is disposed of. */
export function delayedAbort(signal: AbortSignal, ms: number): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const delay = () => void (timer = setTimeout(() => controller.abort(signal.reason), ms));
  signal.addEventListener("abort", delay);
  if (signal.aborted) delay();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", delay);
    },
  };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = () => resolve();
  signal?.addEventListener("abort", wake);
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener("abort", wake);
  throwIfAborted(signal);
}
