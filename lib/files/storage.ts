import type { CheckedBytes } from "./checked_bytes.ts";

/** Where a store is and what opens it: Aliyun OSS and a hub's own store alike. */
export interface StorageSettings {
  /** Its address, with or without a scheme: `oss-cn-hangzhou.aliyuncs.com`, `http://192.168.1.5:9898`. */
  endpoint: string;
  /** The bucket in it. */
  bucket: string;
  /** Who asks. */
  accessKeyId: string;
  /** What proves it; it is never sent. */
  accessKeySecret: string;
  /** The region that signatures name. Aliyun's own endpoints tell it. */
  region?: string;
  /** What comes with an access key that is lent for a while. */
  stsToken?: string;
}

/** What a store tells about an object. */
export interface ObjectInfo {
  key: string;
  size: number;
  etag: string;
}

/** What a store tells about an object that it is asked for by key. */
export interface ObjectHead extends ObjectInfo {
  /** The checksum, of a store that tells it. */
  crc64?: bigint;
}

/** An object's bytes from some position on. */
export interface ObjectBody {
  head: ObjectHead;
  /** Each piece is there until the next is asked for, which may take its memory. */
  bytes: AsyncIterable<Uint8Array>;
}

/** An object on its way up in parts: it is there when all parts are, and not before. */
export interface PartUpload {
  /** What the store calls it. */
  readonly id: string;
  /** Sends a part; the first is number 1, and all but the last are of one size. A part sent twice counts once. */
  put(number: number, part: CheckedBytes, signal: AbortSignal): Promise<void>;
  /** Makes the object out of the parts, which has this size and checksum. */
  complete(whole: Pick<ObjectHead, "size"> & Pick<CheckedBytes, "crc64">): Promise<void>;
  /** Gives it up: the store forgets the parts. */
  abandon(): Promise<void>;
}

/**
 * A store of objects. Each call is one request, tried again where that can help; `signal` gives it up. Failures are
 * `CrossCommError`: `STORAGE_UNREACHABLE`, `STORAGE_DENIED`, `STORAGE_FAILED`, `OBJECT_NOT_FOUND`, `ABORTED`.
 * What is written is compared with the checksum that the store tells of it: `FILE_DAMAGED` where it stays another.
 */
export interface Storage {
  /** Writes a small object in one go. */
  put(key: string, content: CheckedBytes, signal?: AbortSignal): Promise<void>;
  /**
   * Begins a large one. With the id of one that was begun for this key, goes on with that one, if it is still there:
   * parts that have arrived as they are now `put` are not sent again.
   */
  upload(key: string, signal?: AbortSignal, begunId?: string): Promise<PartUpload>;
  /**
   * Opens an object from the byte `start` on. Tried once, for its bytes can end early all the same: see `readObject`.
   * With an `etag`, `FILE_CHANGED` where the object is no longer that one. Fire the signal when done with it.
   */
  get(key: string, start: number, etag: string | undefined, signal: AbortSignal): Promise<ObjectBody>;
  /** The objects whose keys begin so, in the order of their keys. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo>;
  /** Removes an object, if it is there. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
}
