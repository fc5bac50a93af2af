import { CrossCommError } from "../protocol/errors.ts";
import { type AnyMessage, Message } from "../protocol/message.ts";
import { type FileType, isFileType } from "../protocol/message_types.ts";
import type { FileTransfers, SendTransferOptions } from "./file_transfers.ts";
import type { OnProgress, Progress } from "./progress.ts";
import type { ReceiveOptions } from "./receive_file.ts";
import type { StorageSettings } from "./storage.ts";

/** What a message brought, on its way into a directory. */
interface Arrival {
  result: Promise<AnyMessage>;
  progress: Set<OnProgress>;
}

/** File transfers whose code, an OSS client and all, is loaded when the first file moves: most programs send none. */
export class LazyTransfers {
  readonly #settings: () => Promise<StorageSettings>;
  readonly #clientId: string;
  #loaded: Promise<FileTransfers> | undefined;
  /** What a message is in each directory: its listeners there get the same one, though not all at the same time. */
  readonly #arrivals = new WeakMap<AnyMessage, Map<string, Arrival>>();

  /** `settings` is asked before each request to the store. */
  constructor(settings: () => Promise<StorageSettings>, clientId: string) {
    this.#settings = settings;
    this.#clientId = clientId;
  }

  /** Sends what lies at a path, and gives its object key. */
  async send(type: FileType, path: string, options?: SendTransferOptions): Promise<string> {
    return await (await this.#load()).send(type, path, options);
  }

  /** Receives an object into a directory, and gives its path there. */
  async receive(type: FileType, ossKey: string, directory: string, options?: ReceiveOptions): Promise<string> {
    return await (await this.#load()).receive(type, ossKey, directory, options);
  }

  /** The message as it is once what it brought has been received: its content is a path, or it says what failed. */
  receiveFor(message: AnyMessage, directory: string, onProgress?: OnProgress): Promise<AnyMessage> | undefined {
    const { msgType, ossKey } = message;
    if (!isFileType(msgType) || ossKey === null) return undefined;
    const arrivals = this.#arrivals.get(message) ?? new Map<string, Arrival>();
    this.#arrivals.set(message, arrivals);
    const arrival = arrivals.get(directory) ?? this.#begin(message, msgType, ossKey, directory);
    arrivals.set(directory, arrival);
    if (onProgress !== undefined) arrival.progress.add(onProgress);
    return arrival.result;
  }

  #begin(message: AnyMessage, type: FileType, ossKey: string, directory: string): Arrival {
    const progress = new Set<OnProgress>();
    const onProgress = (now: Progress) => progress.forEach((tell) => tell(now));
    const result = this.receive(type, ossKey, directory, { onProgress }).then(
      (content) => new Message({ ...message, content }) as AnyMessage,
      (error) => new Message({ ...message, downloadError: asCrossCommError(error) }) as AnyMessage,
    );
    return { result, progress };
  }

  async #load(): Promise<FileTransfers> {
    if (typeof Deno === "undefined") {
      throw new CrossCommError("NOT_SUPPORTED", "files can be sent and received in Deno alone, not in a browser");
    }
    this.#loaded ??= import("./file_transfers.ts").then(({ FileTransfers }) =>
      new FileTransfers(this.#settings, this.#clientId)
    );
    return await this.#loaded;
  }
}

function asCrossCommError(error: unknown): CrossCommError {
  if (error instanceof CrossCommError) return error;
  return new CrossCommError("STORAGE_FAILED", `the download failed: ${String(error)}`, { cause: error });
}
