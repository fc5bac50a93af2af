import { CrossCommError } from "../protocol/errors.ts";

/** What a receiver takes at most. */
export interface ReceiveLimits {
  /** How many bytes, in one file or in all files of a folder. Default: 100 GiB. */
  maxBytes?: number;
  /** How many files and folders a folder may have in it; those that only paths name count apart. Default: 100,000. */
  maxEntries?: number;
}

const DEFAULT_MAX_BYTES = 100 * 1024 ** 3;
const DEFAULT_MAX_ENTRIES = 100_000;

/** Counts against the limits what is about to be taken. */
export class Allowance {
  readonly #what: string;
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  #bytes = 0;
  #entries = 0;
  #folders = 0;

  constructor(what: string, limits: ReceiveLimits = {}) {
    this.#what = what;
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#maxEntries = limits.maxEntries ?? DEFAULT_MAX_ENTRIES;
  }

  /** @throws {CrossCommError} `LIMIT_EXCEEDED`. */
  takeBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.#maxBytes) throw this.#exceeded(`has more than maxBytes, ${this.#maxBytes} bytes`);
  }

  /** @throws {CrossCommError} `LIMIT_EXCEEDED`. */
  takeEntry(): void {
    if (++this.#entries > this.#maxEntries) throw this.#tooMany("entries");
  }

  /** For one that is made, be it an entry or only named in the path of one. @throws {CrossCommError} `LIMIT_EXCEEDED`. */
  takeFolder(): void {
    if (++this.#folders > this.#maxEntries) throw this.#tooMany("folders");
  }

  #tooMany(what: string): CrossCommError {
    return this.#exceeded(`has more than maxEntries, ${this.#maxEntries} ${what}`);
  }

  #exceeded(how: string): CrossCommError {
    return new CrossCommError("LIMIT_EXCEEDED", `${this.#what} ${how}: raise the limit to receive it`);
  }
}
