/** From how many ms on the clock has been set, and did not just go a little fast or slow. */
const MIN_STEP_MS = 60_000;

/** What tell the time, in ms: one since 1970, and one that goes on evenly, whatever the first is set to. */
export interface Clocks {
  wall(): number;
  steady(): number;
}

const SYSTEM: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

/**
 * The time by which it is judged how long something has waited. Where the clock is set forward while the program runs,
 * that time has not passed: it does not count until what was there before has waited for all of its time since.
 */
export class WaitingClock {
  readonly #lifetimeMs: number;
  readonly #clocks: Clocks;
  #lastWall: number;
  #lastSteady: number;
  /** By how much the clock was set, and when by the steady one. */
  #steps: { by: number; at: number }[] = [];

  /** `lifetimeMs` is how long something may wait. */
  constructor(lifetimeMs: number, clocks: Clocks = SYSTEM) {
    this.#lifetimeMs = lifetimeMs;
    this.#clocks = clocks;
    this.#lastWall = clocks.wall();
    this.#lastSteady = clocks.steady();
  }

  /** In ms since 1970; to be asked every now and then, or it does not see the clock being set. */
  now(): number {
    const [wall, steady] = [this.#clocks.wall(), this.#clocks.steady()];
    const by = wall - this.#lastWall - (steady - this.#lastSteady);
    [this.#lastWall, this.#lastSteady] = [wall, steady];
    this.#steps = this.#steps.filter(({ at }) => steady - at < this.#lifetimeMs);
    if (Math.abs(by) >= MIN_STEP_MS) this.#steps.push({ by, at: steady });
    return wall - Math.max(this.#steps.reduce((sum, { by }) => sum + by, 0), 0);
  }
}
