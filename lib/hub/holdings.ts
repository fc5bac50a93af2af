import type { Parcel } from "./parcel.ts";

/** What a place in a client's list costs, in characters. */
const PLACE_COST = 16;

/** What is on its way to all clients together. A parcel that goes to many is held once. */
export class Holdings {
  readonly #limit: number;
  readonly #onExcess: () => void;
  #cost = 0;
  #isTold = false;

  /** `onExcess` is called at the end of a turn that has left more than `limit` characters. */
  constructor(limit: number, onExcess: () => void) {
    this.#limit = limit;
    this.#onExcess = onExcess;
  }

  /** Whether it is more than it may be. */
  get isExcessive(): boolean {
    return this.#cost > this.#limit;
  }

  /** A parcel is put into a client's list. */
  add(parcel: Parcel): void {
    this.#cost += PLACE_COST;
    if (parcel.places++ === 0) this.#cost += parcel.cost;
    this.#look();
  }

  /** A parcel leaves a client's list. */
  remove(parcel: Parcel): void {
    this.#cost -= PLACE_COST;
    if (--parcel.places === 0) this.#cost -= parcel.cost;
  }

  /** So much more, or less, is to be told a client, and in no parcel yet. */
  change(by: number): void {
    this.#cost += by;
    if (by > 0) this.#look();
  }

  #look(): void {
    if (this.#cost <= this.#limit || this.#isTold) return;
    this.#isTold = true;
    queueMicrotask(() => {
      this.#isTold = false;
      this.#onExcess();
    });
  }
}
