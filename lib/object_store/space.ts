import { getLogger } from "@logtape/logtape";
import { freeSpaceOf } from "../disk/free_space.ts";
import type { Bucket, Catalog } from "./catalog.ts";
import { OssError } from "./errors.ts";
import type { ObjectStoreSettings } from "./settings.ts";

const log = getLogger(["crosscomm", "store"]);

/** Keeps what is written within the limits, what is still on its way included. */
export class Space {
  readonly #settings: ObjectStoreSettings;
  readonly #catalog: Catalog;
  readonly #free: (() => number) | undefined;
  /** How many bytes are on their way into each bucket. */
  readonly #coming = new Map<number, number>();

  constructor(settings: ObjectStoreSettings, catalog: Catalog) {
    this.#settings = settings;
    this.#catalog = catalog;
    this.#free = freeBytes(settings);
  }

  /** Sets room aside for bytes that are coming. @throws {OssError} where a limit forbids it. */
  reserve(bucket: Bucket, bytes: number): Reservation {
    if (bytes === 0) this.checkDisk(); // nobody else looks, where none come
    const reservation = new Reservation((more) => this.#take(bucket, more));
    reservation.grow(bytes);
    return reservation;
  }

  /** @throws {OssError} where an object of that size is too large. */
  checkObject(bytes: number): void {
    const { maxObjectBytes } = this.#settings;
    if (bytes <= maxObjectBytes) return;
    const message = `Your proposed upload exceeds the maximum allowed size of an object here, ${maxObjectBytes} bytes.`;
    throw new OssError(400, "EntityTooLarge", message, {
      details: { MaxSizeAllowed: String(maxObjectBytes), ProposedSize: String(bytes) },
    });
  }

  /** @throws {OssError} where a bucket cannot hold so much more, on whatever disk. */
  checkBucket(bucket: Bucket, bytes: number): void {
    const { maxBucketBytes } = this.#settings;
    const held = this.#catalog.bucket(bucket.name)?.bytes ?? 0;
    if (held + (this.#coming.get(bucket.id) ?? 0) + bytes <= maxBucketBytes) return;
    const message =
      `The bucket is full: it may hold ${maxBucketBytes} bytes and holds ${held}. Delete what is not needed.`;
    throw new OssError(403, "QuotaExceeded", message, { details: { BucketName: bucket.name } });
  }

  #take(bucket: Bucket, bytes: number): void {
    if (bytes > 0) {
      this.checkBucket(bucket, bytes);
      this.checkDisk(bytes);
    }
    this.#coming.set(bucket.id, (this.#coming.get(bucket.id) ?? 0) + bytes);
  }

  /** What has no bytes takes a little as well, in the catalog. @throws {OssError} where the disk is to keep what it has left. */
  checkDisk(bytes = 0): void {
    const { minFreeBytes } = this.#settings;
    const coming = this.#coming.values().reduce((sum, bytes) => sum + bytes, 0);
    if (this.#free === undefined || this.#free() - coming - bytes >= minFreeBytes) return;
    const message = `The disk of this store is nearly full: ${minFreeBytes} bytes of it are to stay free.`;
    throw new OssError(507, "InsufficientStorage", message);
  }
}

/** Room set aside. Disposing of it gives it back: by then the bytes are in the catalog, or not coming. */
export class Reservation implements Disposable {
  #bytes = 0;
  readonly #take: (bytes: number) => void;

  constructor(take: (bytes: number) => void) {
    this.#take = take;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws {OssError} where a limit forbids it. */
  grow(bytes: number): void {
    this.#take(bytes);
    this.#bytes += bytes;
  }

  [Symbol.dispose](): void {
    this.grow(-this.#bytes);
  }
}

/** How to learn what the disk has left; `undefined` where there is no way to. */
function freeBytes({ folder, minFreeBytes }: ObjectStoreSettings): (() => number) | undefined {
  if (minFreeBytes === 0) return undefined;
  const free = freeSpaceOf(folder);
  if (free === undefined) log.warn("The store cannot see how much of the disk is left: --allow-sys=statfs lets it");
  return free;
}
