import { getLogger } from "@logtape/logtape";

const log = getLogger(["crosscomm", "store"]);

/** Removes what is nobody's any more, bit by bit: of ten thousand parts, everybody would wait for a fifth of a second. */
export class Rubbish implements AsyncDisposable {
  readonly #removeSome: () => boolean;
  #removing: Promise<void> | undefined;
  #stopped = false;

  /** `removeSome` removes a little, and tells whether there was any. */
  constructor(removeSome: () => boolean) {
    this.#removeSome = removeSome;
  }

  /** There is some, or will be as soon as the change that is going on is made. */
  found(): void {
    if (!this.#stopped) this.#removing ??= this.#remove();
  }

  /** Leaves the rest to the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#removing;
  }

  async #remove(): Promise<void> {
    try {
      do await new Promise((resolve) => setTimeout(resolve)); while (!this.#stopped && this.#removeSome());
    } catch (cause) {
      log.error("What is nobody's any more cannot be removed ({cause}): the next start tries again", {
        cause: String(cause),
      });
    }
    this.#removing = undefined;
  }
}
