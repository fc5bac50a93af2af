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
  /** The SHA-256 that our sender put beside it, in hexadecimal. */
  sha256?: string;
  /** The store's own checksum, a decimal number. */
  crc64?: string;
}

/** An object's bytes from some position on. */
export interface ObjectBody {
  head: ObjectHead;
  /** Each chunk lasts until the next is asked for: its memory is used again. */
  bytes: AsyncIterable<Uint8Array>;
}

/** An object on its way up in parts: it is there when all parts are, and not before. */
export interface PartUpload {
  /** Sends a part; the first is number 1, and all but the last are of one size. A part sent twice counts once. */
  put(number: number, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Makes the object of `size` bytes out of the parts. */
  complete(size: number, sha256?: string): Promise<void>;
  /** Gives it up: the store forgets the parts. */
  abandon(): Promise<void>;
}

/**
 * A store of objects. Each call is one request, tried again where that can help; `signal` gives it up. Failures are
 * `CrossCommError`: `STORAGE_UNREACHABLE`, `STORAGE_DENIED`, `STORAGE_FAILED`, `OBJECT_NOT_FOUND`, `ABORTED`.
 */
export interface Storage {
  /** Writes a small object in one go. */
  put(key: string, bytes: Uint8Array, sha256: string, signal?: AbortSignal): Promise<void>;
  /**
   * Begins a large one. A store that cannot take its SHA-256 in the end asks for it now, if there is a way to know it.
   */
  upload(key: string, sha256: (() => Promise<string>) | undefined, signal?: AbortSignal): Promise<PartUpload>;
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
