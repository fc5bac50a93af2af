import { PushStream } from "./push_stream.ts";

/** Something that happens, for any number of iterators, from when they are asked for until the end. */
export class Feed<T> {
  readonly #streams = new Set<PushStream<T>>();
  readonly #onUnheard: (value: T) => void;

  /** `onUnheard` takes what nobody follows. */
  constructor(onUnheard: (value: T) => void) {
    this.#onUnheard = onUnheard;
  }

  push(value: T): void {
    if (this.#streams.size === 0) this.#onUnheard(value);
    for (const stream of this.#streams) stream.push(value);
  }

  /** `first` is what the iterator begins with. */
  follow(first: Iterable<T> = []): AsyncIterableIterator<T, undefined> {
    const stream = new PushStream<T>(() => this.#streams.delete(stream));
    for (const value of first) stream.push(value);
    this.#streams.add(stream);
    return stream;
  }

  /** Ends the iterators once they have handed out what happened. */
  end(): void {
    for (const stream of [...this.#streams]) stream.end();
  }
}
