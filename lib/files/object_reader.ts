import { CrossCommError } from "../protocol/errors.ts";
import { Checksum } from "./checksum.ts";
import { linkedAbort, throwIfAborted, TransientError, waitToRetry, withRetries } from "./retry.ts";
import type { ObjectBody, ObjectHead, Storage } from "./storage.ts";

/** An object that is being received: a connection that ends early is replaced by one that continues. */
export class ObjectReader implements Disposable {
  readonly head: ObjectHead;
  readonly #storage: Storage;
  readonly #signal: AbortSignal | undefined;
  readonly #checksum: Checksum;
  #abort: ReturnType<typeof linkedAbort>;
  #body: ObjectBody;
  #done = 0;

  private constructor(
    storage: Storage,
    body: ObjectBody,
    signal: AbortSignal | undefined,
    abort: ReturnType<typeof linkedAbort>,
  ) {
    this.#storage = storage;
    this.#body = body;
    this.#signal = signal;
    this.#abort = abort;
    this.head = body.head;
    this.#checksum = new Checksum(body.head);
  }

  static async open(storage: Storage, key: string, signal: AbortSignal | undefined): Promise<ObjectReader> {
    const abort = linkedAbort(signal);
    try {
      const body = await withRetries(abort.signal, () => storage.get(key, 0, undefined, abort.signal));
      return new ObjectReader(storage, body, signal, abort);
    } catch (error) {
      abort[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes the first bytes from elsewhere, where they are already: what is still to come are the others. */
  async skip(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    this.#end();
    this.#abort = linkedAbort(this.#signal);
    for await (const chunk of bytes) {
      throwIfAborted(this.#abort.signal);
      this.#done += chunk.length;
      this.#checksum.update(chunk);
    }
    if (this.#done < this.head.size) await this.#continue();
    else this.#body = { head: this.head, bytes: ReadableStream.from([]) };
  }

  /**
   * All its bytes, or those after what was skipped, once. Each piece is there until the next but one is asked for.
   *
   * @throws {CrossCommError} At the end, `FILE_DAMAGED` where they are not those of the object.
   */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const { key, size } = this.head;
    let failures = 0;
    while (true) {
      try {
        for await (const chunk of this.#body.bytes) {
          // What has arrived already would still come.
          throwIfAborted(this.#abort.signal);
          this.#done += chunk.length;
          failures = 0;
          this.#checksum.update(chunk);
          yield chunk;
        }
        if (this.#done >= size) break;
        throw interrupted(key, "it ended early");
      } catch (error) {
        throwIfAborted(this.#abort.signal);
        await waitToRetry(interrupted(key, error), ++failures, this.#abort.signal);
      }
      if (this.#done >= size) break;
      await this.#continue();
    }
    this.#checksum.check();
  }

  /** Ends it; bytes that are still to come do not. */
  [Symbol.dispose](): void {
    this.#end();
  }

  async #continue(): Promise<void> {
    const { key, etag } = this.head;
    this.#body = await withRetries(this.#abort.signal, () => {
      return this.#storage.get(key, this.#done, etag, this.#abort.signal);
    });
  }

  #end(): void {
    this.#abort.fire(new CrossCommError("ABORTED", "this object is no longer wanted"));
    this.#abort[Symbol.dispose]();
  }
}

function interrupted(key: string, cause: unknown): TransientError {
  if (cause instanceof TransientError) return cause;
  const why = `the connection broke while ${key} was received (${cause}): try again later`;
  return new TransientError(new CrossCommError("STORAGE_UNREACHABLE", why, { cause }));
}
