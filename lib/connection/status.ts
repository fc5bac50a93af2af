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
  async *follow(): AsyncGenerator<ClientStatus, undefined> {
    for (let step = this.#step;; step = await step.next.promise) {
      if (step.status !== undefined) yield step.status;
      if (step.status?.state === "ended") return;
    }
  }
}
