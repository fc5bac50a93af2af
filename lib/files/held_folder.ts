import { CrossCommError } from "../protocol/errors.ts";
import { isListedFile } from "./same_file.ts";
import { reading } from "./source_file.ts";
import type { ObjectInfo, Storage } from "./storage.ts";
import type { UploadCheckpoint } from "./upload_checkpoints.ts";

/**
 * How old, in milliseconds, the sending of a folder may be that is gone on with. Its files expire one by one: what
 * arrived long before the rest would be gone long before it.
 */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** What a store has of a folder whose sending was cut off. */
export class HeldFolder {
  /** What the keys of its files begin with. */
  readonly key: string;
  readonly #storage: Storage;
  readonly #objects: ReadonlyMap<string, ObjectInfo>;

  private constructor(storage: Storage, key: string, objects: ReadonlyMap<string, ObjectInfo>) {
    this.key = key;
    this.#storage = storage;
    this.#objects = objects;
  }

  /** Lists it; `undefined` where there is none, or it is not for us to list. */
  static async find(
    storage: Storage,
    checkpoint: UploadCheckpoint,
    signal: AbortSignal | undefined,
  ): Promise<HeldFolder | undefined> {
    const begun = await checkpoint.read(MAX_AGE_MS);
    if (begun === undefined) return undefined;
    const objects = new Map<string, ObjectInfo>();
    try {
      for await (const object of storage.list(begun.key, signal)) objects.set(object.key, object);
    } catch (error) {
      if (error instanceof CrossCommError && /^STORAGE_(FAILED|DENIED)$/.test(error.code)) return undefined;
      throw error;
    }
    return new HeldFolder(storage, begun.key, objects);
  }

  /** The keys of all that the store has of it. */
  get keys(): Iterable<string> {
    return this.#objects.keys();
  }

  /** Whether the store has the file as it is now. */
  async has(key: string, path: string, signal: AbortSignal): Promise<boolean> {
    const object = this.#objects.get(key);
    return object !== undefined && await reading(path, () => isListedFile(path, object, this.#storage, signal));
  }

  /** Whether the store has the mark of a folder that holds nothing. */
  hasMark(key: string): boolean {
    return this.#objects.has(key);
  }
}
