import type { Storage, StorageSettings } from "./storage.ts";

/** An object in a store. */
export interface StoredObject {
  /** Its key. */
  key: string;
  /** Its size in bytes. */
  size: number;
}

/**
 * What lies in a store, for housekeeping: it needs an access key that may list and remove.
 *
 * @throws {CrossCommError} What begins with `STORAGE_`, as an iteration or a removal goes along.
 */
export class StorageHousekeeping {
  readonly #settings: StorageSettings;

  /** Sets it up; nothing is asked of the store yet. */
  constructor(settings: StorageSettings) {
    this.#settings = settings;
  }

  /** The objects whose keys begin with `prefix`, in the order of their keys. */
  async *list(prefix = ""): AsyncGenerator<StoredObject, void> {
    for await (const { key, size } of (await this.#open()).list(prefix)) yield { key, size };
  }

  /** Removes an object. False where there is none of that key. */
  async remove(key: string): Promise<boolean> {
    const storage = await this.#open();
    const { value: first } = await storage.list(key)[Symbol.asyncIterator]().next();
    if (first?.key !== key) return false; // a store answers the removal of what is not there as any other
    await storage.remove(key);
    return true;
  }

  /** The OSS client behind it is loaded when it is needed. */
  async #open(): Promise<Storage> {
    const { OssStorage } = await import("./oss_storage.ts");
    return new OssStorage(() => this.#settings);
  }
}
