import { join, resolve } from "node:path";
import type { FileType } from "../protocol/message_types.ts";
import { OssStorage } from "./oss_storage.ts";
import { receiveFile, type ReceiveOptions } from "./receive_file.ts";
import { receiveFolder } from "./receive_folder.ts";
import { receiveTar } from "./receive_tar.ts";
import { sendFile, type SendFileOptions } from "./send_file.ts";
import { sendFolder } from "./send_folder.ts";
import { sendTar, TAR_ENDING } from "./send_tar.ts";
import { SharedTransfers } from "./shared_transfers.ts";
import type { Storage, StorageSettings } from "./storage.ts";
import { UploadCheckpoints } from "./upload_checkpoints.ts";
import { userCacheFolder } from "./user_cache.ts";

/** What sending takes. */
export interface SendTransferOptions extends SendFileOptions {
  /**
   * How a folder goes: an object for each file, which every receiver understands, or all in one compressed archive,
   * which is far faster with many small files. Default: `"objects"`.
   */
  folderFormat?: "objects" | "tar";
}

/** What a client sends and receives through a store. */
export class FileTransfers {
  readonly #storage: Storage;
  readonly #clientId: string;
  readonly #checkpoints: UploadCheckpoints;
  readonly #receiving = new SharedTransfers();

  /** @param settings Asked before each request to the store, for an access key that is lent ends some time. */
  constructor(settings: () => StorageSettings | Promise<StorageSettings>, clientId: string) {
    this.#storage = new OssStorage(settings);
    this.#clientId = clientId;
    const cache = userCacheFolder();
    this.#checkpoints = new UploadCheckpoints(cache && join(cache, "crosscomm", "uploads"), async () => {
      const { endpoint, bucket } = await settings();
      return [endpoint, bucket, clientId];
    });
  }

  /** Sends what lies at the path, and gives the object key for the message. */
  send(
    type: FileType,
    path: string,
    { folderFormat = "objects", ...options }: SendTransferOptions = {},
  ): Promise<string> {
    const all = { ...options, checkpoints: this.#checkpoints };
    if (type !== "folder") return sendFile(this.#storage, path, type, this.#clientId, all);
    const sendAll = folderFormat === "tar" ? sendTar : sendFolder;
    return sendAll(this.#storage, path, this.#clientId, all);
  }

  /**
   * Receives what a message brought into the directory, and gives the path of the file, or of the folder that directly
   * holds what was sent. Who wants the same into the same directory meanwhile gets the same.
   */
  receive(type: FileType, ossKey: string, directory: string, options: ReceiveOptions = {}): Promise<string> {
    const isTar = type === "folder" && ossKey.endsWith(TAR_ENDING);
    const isFolder = type === "folder" || ossKey.endsWith("/");
    const receive = isTar ? receiveTar : isFolder ? receiveFolder : receiveFile;
    const { limits } = options;
    const id = JSON.stringify([receive.name, ossKey, resolve(directory), limits]);
    return this.#receiving.join(id, options, (shared) => {
      return receive(this.#storage, ossKey, directory, { ...shared, limits });
    });
  }
}
