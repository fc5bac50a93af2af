import { isSentFolder } from "../protocol/client_prefix.ts";
import type { Holder } from "./credentials.ts";
import { accessDenied } from "./errors.ts";

/** What a client may do with a granted key. The store's owner may do everything. */
export class Rights {
  readonly #holder: Holder;
  readonly #bucket: string;

  /** `bucket` is the one that clients share. */
  constructor(holder: Holder, bucket: string) {
    this.#holder = holder;
    this.#bucket = bucket;
  }

  /** @throws {OssError} unless this is the owner. */
  checkOwner(): void {
    if (this.#holder.kind !== "owner") throw accessDenied("Only the owner of this store may do that.");
  }

  /** Whoever names a key has been told it: there is no guessing them. @throws {OssError} `AccessDenied`. */
  checkRead(bucket: string): void {
    if (this.#holder.kind !== "owner" && bucket !== this.#bucket) {
      throw accessDenied(`Clients use the bucket ${this.#bucket} alone.`);
    }
  }

  /** @throws {OssError} `AccessDenied`. */
  checkWrite(bucket: string, key: string): void {
    this.checkRead(bucket);
    if (this.#holder.kind === "client" && !key.startsWith(this.#holder.prefix)) {
      throw accessDenied(`This access key may only write under ${this.#holder.prefix}`);
    }
  }

  /** @throws {OssError} `AccessDenied`. */
  checkList(bucket: string, prefix: string): void {
    this.checkRead(bucket);
    if (this.#holder.kind === "client" && !isSentFolder(prefix)) {
      throw accessDenied(
        "This access key may only list a folder that was sent: give its whole name, with the / at its end.",
      );
    }
  }
}
