import { CrossCommError } from "../protocol/errors.ts";
import { Checksum } from "./checksum.ts";
import { linkedAbort, throwIfAborted, TransientError, waitToRetry, withRetries } from "./retry.ts";
import type { ObjectBody, ObjectHead, Storage } from "./storage.ts";

/** An object that is being received: a connection that ends early is replaced by one that continues. */
export class ObjectReader implements Disposable {
  readonly head: ObjectHead;
  readonly #storage: Storage;
  readonly #abort: ReturnType<typeof linkedAbort>;
  #body: ObjectBody;

  private constructor(storage: Storage, body: ObjectBody, abort: ReturnType<typeof linkedAbort>) {
    this.#storage = storage;
    this.#body = body;
    this.#abort = abort;
    this.head = body.head;
  }

  static async open(storage: Storage, key: string, signal: AbortSignal | undefined): Promise<ObjectReader> {
    const abort = linkedAbort(signal);
    try {
      const body = await withRetries(abort.signal, () => storage.get(key, 0, undefined, abort.signal));
      return new ObjectReader(storage, body, abort);
    } catch (error) {
      abort[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * All its bytes, once.
   *
   * @throws {CrossCommError} At the end, `FILE_DAMAGED` where they are not those of the object.
   */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const { key, size, etag } = this.head;
    const checksum = new Checksum(this.head);
    let done = 0;
    let failures = 0;
    while (true) {
      try {
        for await (const chunk of this.#body.bytes) {
          // What has arrived already would still come.
          throwIfAborted(this.#abort.signal);
          done += chunk.length;
          failures = 0;
          checksum.update(chunk);
          yield chunk;
        }
        if (done >= size) break;
        throw interrupted(key, "it ended early");
      } catch (error) {
        throwIfAborted(this.#abort.signal);
        await waitToRetry(interrupted(key, error), ++failures, this.#abort.signal);
      }
      if (done >= size) break;
      this.#body = await withRetries(this.#abort.signal, () => {
        return this.#storage.get(key, done, etag, this.#abort.signal);
      });
    }
    checksum.check();
  }

  /** Ends it; bytes that are still to come do not. */
  [Symbol.dispose](): void {
    this.#abort.fire(new CrossCommError("ABORTED", "this object is no longer wanted"));
    this.#abort[Symbol.dispose]();
  }
}

function interrupted(key: string, cause: unknown): TransientError {
  if (cause instanceof TransientError) return cause;
  const why = `the connection broke while ${key} was received (${cause}): try again later`;
  return new TransientError(new CrossCommError("STORAGE_UNREACHABLE", why, { cause }));
}
