import { getLogger } from "@logtape/logtape";
import { WaitingClock } from "../clock/waiting_clock.ts";
import type { Catalog } from "./catalog.ts";
import type { ObjectStoreSettings } from "./settings.ts";
import type { Uploads } from "./uploads.ts";

const log = getLogger(["crosscomm", "store"]);

/** How many are removed at a time, or how much they may consist of: in between, others get their turn. */
const BATCH = 200;
const HOUR = 60 * 60;

/** Removes old objects and abandoned uploads, now and from time to time. */
export class Expiry implements AsyncDisposable {
  readonly #catalog: Catalog;
  readonly #uploads: Uploads;
  readonly #objectAge: Age;
  readonly #uploadAge: Age;
  readonly #timer: ReturnType<typeof setInterval>;
  #running: Promise<void>;
  #stopped = false;

  constructor(settings: ObjectStoreSettings, catalog: Catalog, uploads: Uploads) {
    this.#catalog = catalog;
    this.#uploads = uploads;
    this.#objectAge = new Age(settings.objectLifetime);
    this.#uploadAge = new Age(settings.uploadLifetime);
    this.#running = this.#run();
    // Late by a tenth of the time at most.
    const interval = Math.min(settings.objectLifetime / 10, settings.uploadLifetime / 10, HOUR);
    this.#timer = setInterval(() => this.#running = this.#running.then(() => this.#run()), interval * 1000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      const objects = await this.#removeAll(this.#objectAge, (time) => this.#catalog.removeOlder(time, BATCH));
      const uploads = await this.#removeAll(this.#uploadAge, (time) => this.#uploads.removeOlder(time, BATCH));
      if (objects + uploads > 0) {
        log.info("Removed {objects} objects that were too old, and {uploads} abandoned uploads", { objects, uploads });
      }
    } catch (cause) {
      log.error("What is too old cannot be removed ({cause})", { cause: String(cause) });
    }
  }

  async #removeAll(age: Age, removeOlder: (time: number) => number): Promise<number> {
    const limit = age.limit();
    if (limit === -Infinity) return 0;
    let removed = 0;
    while (!this.#stopped) {
      const count = removeOlder(limit);
      removed += count;
      if (count === 0) break;
      await new Promise((resolve) => setTimeout(resolve));
    }
    return removed;
  }
}

/** How old something may be. */
class Age {
  readonly #lifetimeMs: number;
  readonly #clock: WaitingClock;

  constructor(lifetime: number) {
    this.#lifetimeMs = lifetime * 1000;
    this.#clock = new WaitingClock(this.#lifetimeMs);
  }

  /** What was last written before is too old. */
  limit(): number {
    return this.#clock.now() - this.#lifetimeMs;
  }
}
