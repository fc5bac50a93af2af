const signals: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];

/** Turns the first Ctrl-C or SIGTERM into an abort, so that the program can end well. The second one ends it at once. */
export class Interrupts implements Disposable {
  readonly #abort = new AbortController();
  readonly #onSignal = (): void => {
    if (this.#abort.signal.aborted) Deno.exit(130);
    this.#abort.abort();
  };

  constructor() {
    for (const signal of signals) Deno.addSignalListener(signal, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of signals) Deno.removeSignalListener(signal, this.#onSignal);
  }
}

/** Resolves when the signal fires. */
export function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
