import type { Item } from "../protocol/item.ts";
import type { Holdings } from "./holdings.ts";
import type { Parcel } from "./parcel.ts";

/** From how many parcels on that have got there their places in the list are given back. */
const COMPACT_FROM = 1024;

/**
 * What is on its way to one client, in order: parcels are pushed, taken to be sent, and settled when they have got
 * there. They are numbered from 1.
 */
export class Outgoing {
  readonly #holdings: Holdings;
  #parcels: Parcel[] = [];
  /** Where in the list the first one stands that has not got there, and the first that has not been taken. */
  #first = 0;
  #next = 0;
  #settled = 0;
  /** The number of the last parcel that has ever been taken. */
  #everTaken = 0;
  #length = 0;

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  /** What all that has not got there costs, in characters. */
  get length(): number {
    return this.#length;
  }

  /** The number of the last parcel that has got there. */
  get settled(): number {
    return this.#settled;
  }

  /** The number of the last parcel that has been taken. */
  get taken(): number {
    return this.#settled + this.#next - this.#first;
  }

  push(parcel: Parcel): void {
    this.#parcels.push(parcel);
    this.#length += parcel.cost;
    this.#holdings.add(parcel);
  }

  /** Takes items of `limit` characters in all, or one that is longer. */
  take(limit: number): Item[] {
    const items: Item[] = [];
    let length = 0;
    while (this.#next < this.#parcels.length) {
      const { item } = this.#parcels[this.#next]!;
      length += item.length;
      if (length > limit && items.length > 0) break;
      items.push(item);
      this.#next++;
    }
    this.#everTaken = Math.max(this.#everTaken, this.taken);
    return items;
  }

  /** Parcels up to this number have got there: each is handed to `arrived`. */
  settle(upTo: number, arrived: (parcel: Parcel) => void): void {
    while (this.#settled < upTo && this.#first < this.#parcels.length) { // `arrived` may have emptied it
      const parcel = this.#parcels[this.#first++]!;
      this.#settled++;
      this.#length -= parcel.cost;
      this.#holdings.remove(parcel);
      arrived(parcel);
    }
    if (this.#first < COMPACT_FROM && this.#first < this.#parcels.length) return;
    this.#parcels = this.#parcels.slice(this.#first);
    this.#next -= this.#first;
    this.#first = 0;
  }

  /** Has all be taken again that has not got there. */
  rewind(): void {
    this.#next = this.#first;
  }

  /** Empties it, and returns what has not got there: what has been taken at least once, and what has not. */
  clear(): Record<"taken" | "waiting", Parcel[]> {
    const firstWaiting = this.#first + this.#everTaken - this.#settled;
    const taken = this.#parcels.slice(this.#first, firstWaiting);
    const waiting = this.#parcels.slice(firstWaiting);
    for (let index = this.#first; index < this.#parcels.length; index++) this.#holdings.remove(this.#parcels[index]!);
    this.#parcels = [];
    this.#first = this.#next = this.#length = 0;
    return { taken, waiting };
  }
}
