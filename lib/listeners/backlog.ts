import { getLogger } from "@logtape/logtape";

const log = getLogger(["crosscomm", "listeners"]);

/** From how many messages on a listener counts as behind. */
const MANY = 10_000;

/** Warns of what waits in memory for one listener: of 10,000 messages, and whenever they have doubled. */
export class Backlog {
  #tellAt = MANY;

  /** So many wait now. */
  is(waiting: number): void {
    if (waiting < this.#tellAt) return;
    this.#tellAt *= 2;
    log.warn(
      "{waiting} messages wait in memory for a listener or an iterator: it has to be faster, ask for fewer, or end",
      { waiting },
    );
  }
}
