import type { linkedAbort } from "./retry.ts";

/** How long to bear with a store. */
export interface Patience {
  /** How long a transfer may stand still, in milliseconds. Noticed after at most twice that. */
  silenceMs: number;
  /** The least rate of a request, in bytes a second: nobody sees how far the system is with what it has taken over. */
  bytesPerSecond: number;
}

export const PATIENCE: Patience = { silenceMs: 30_000, bytesPerSecond: 8 * 1024 };

/** How long a request may take whose body has so many bytes, in milliseconds. */
export function timeFor(bytes: number, { silenceMs, bytesPerSecond }: Patience): number {
  return 2 * silenceMs + bytes / bytesPerSecond * 1000;
}

/** Fires `abort` where nothing has `moved` for a while, until it is disposed of. */
export function watch(abort: ReturnType<typeof linkedAbort>, silenceMs: number): Disposable & { moved(): void } {
  let hasMoved = true;
  const timer = setInterval(() => {
    if (!hasMoved) abort.fire(new Error(`nothing moved for ${silenceMs} ms`));
    hasMoved = false;
  }, silenceMs);
  return { moved: () => hasMoved = true, [Symbol.dispose]: () => clearInterval(timer) };
}
