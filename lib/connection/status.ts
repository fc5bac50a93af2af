import type { CrossCommError } from "../protocol/errors.ts";

/** How a client and its hub stand. */
export type ClientStatus =
  /** It connects and logs in, for the `attempt`th time since it was last online. */
  | { state: "connecting"; attempt: number }
  /** It is logged in. `resumed`: the hub goes on where the connection was lost. */
  | { state: "online"; protocol: 1 | 2; resumed: boolean }
  /** The connection is lost, or could not be had again. It tries anew in `retryIn` seconds. */
  | { state: "lost"; reason: CrossCommError; retryIn: number }
  /** It has logged out; or, where there is a `reason`, it was turned away or has given up. */
  | { state: "ended"; reason?: CrossCommError };

/** A status and, once there is one, the next. */
interface Step {
  status: ClientStatus | undefined;
  next: PromiseWithResolvers<Step>;
}

/** How a client and its hub stand, for any number of iterators. Those that nobody asks any more cost nothing. */
export class StatusFeed {
  #step: Step = { status: undefined, next: Promise.withResolvers() };

  get current(): ClientStatus | undefined {
    return this.#step.status;
  }

  set(status: ClientStatus): void {
    const step: Step = { status, next: Promise.withResolvers() };
    this.#step.next.resolve(step);
    this.#step = step;
  }

  /** From the status of now until the end. */
  follow(): AsyncIterableIterator<ClientStatus, undefined> {
    return new Steps(this.#step);
  }
}

/** The statuses from a step on, for one iterator: a generator could not be left while it waits for the next one. */
class Steps implements AsyncIterableIterator<ClientStatus, undefined> {
  /** Who asks is answered in turn. */
  #answered: Promise<unknown> = Promise.resolve();
  /** The next step, with or without a status; `undefined` after the end. */
  #coming: Promise<Step> | undefined;
  /** Ends the wait for it. */
  #leave: () => void = () => {};

  constructor(first: Step) {
    this.#coming = Promise.resolve(first);
  }

  next(): Promise<IteratorResult<ClientStatus, undefined>> {
    const answer = this.#answered.then(() => this.#go());
    this.#answered = answer;
    return answer;
  }

  return(): Promise<IteratorResult<ClientStatus, undefined>> {
    this.#coming = undefined;
    this.#leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #go(): Promise<IteratorResult<ClientStatus, undefined>> {
    while (this.#coming !== undefined) {
      const { promise: left, resolve } = Promise.withResolvers<undefined>();
      this.#leave = () => resolve(undefined);
      const step = await Promise.race([this.#coming, left]);
      if (step === undefined || this.#coming === undefined) break;
      this.#coming = step.status?.state === "ended" ? undefined : step.next.promise;
      if (step.status !== undefined) return { done: false, value: step.status };
    }
    return { done: true, value: undefined };
  }
}
