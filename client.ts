/**
 * A client of a hub: ours or Python's. Runs in Deno and in browsers.
 *
 * @example Say hello, and hear what others say
 * ```ts
 * import { CommMsgType, CrossCommClient } from "@x/crosscomm/client";
 * import { CrossCommServer } from "@x/crosscomm/server";
 *
 * const folder = await Deno.makeTempDir();
 * await using server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile: `${folder}/clients.yaml` });
 * await server.startServer();
 *
 * await using ann = new CrossCommClient({ ip: "127.0.0.1", port: server.addr.port, clientId: "ann" });
 * await using bob = new CrossCommClient({ ip: "127.0.0.1", port: server.addr.port, clientId: "bob" });
 * await ann.login();
 * await bob.login();
 * const arriving = bob.messages({ msgType: CommMsgType.TEXT });
 * await ann.sendMessage("hello", CommMsgType.TEXT, { toClientId: "bob" });
 * for await (const message of arriving) {
 *   console.log(`${message.fromClientId}: ${message.content}`); // ann: hello
 *   break;
 * }
 * ```
 *
 * @module
 */
import { Connection, handledLater } from "./lib/connection/connection.ts";
import { macAddress } from "./lib/connection/mac_address.ts";
import type { ReceiveLimits } from "./lib/files/limits.ts";
import { LazyTransfers } from "./lib/files/lazy_transfers.ts";
import { environmentStorage } from "./lib/files/oss_settings.ts";
import type { OnProgress } from "./lib/files/progress.ts";
import type { StorageSettings } from "./lib/files/storage.ts";
import { type ListenerDecorator, Listeners, type ListenOptions } from "./lib/listeners/listeners.ts";
import { checkPort, checkSeconds, checkText } from "./lib/protocol/check.ts";
import type { ClientList } from "./lib/protocol/client_list.ts";
import { encodeContent, type SendContent } from "./lib/protocol/content.ts";
import { CrossCommError } from "./lib/protocol/errors.ts";
import { reachableHost } from "./lib/protocol/host.ts";
import { ALL_CLIENTS, makeClientId, makeMessageId } from "./lib/protocol/ids.ts";
import type { MessageOf } from "./lib/protocol/message.ts";
import { checkType, type CommMsgType, isFileType } from "./lib/protocol/message_types.ts";
import type { Receipt } from "./lib/protocol/receipt.ts";

export type { ReceiveLimits } from "./lib/files/limits.ts";
export type { OnProgress, Progress } from "./lib/files/progress.ts";
export type { StorageSettings } from "./lib/files/storage.ts";
export { StorageHousekeeping, type StoredObject } from "./lib/files/storage_housekeeping.ts";
export type { Listener, ListenerDecorator, ListenOptions } from "./lib/listeners/listeners.ts";
export type { ClientInfo, ClientList } from "./lib/protocol/client_list.ts";
export type { MessageContent, SendContent } from "./lib/protocol/content.ts";
export { CrossCommError, type ErrorCode } from "./lib/protocol/errors.ts";
export {
  type AnyMessage,
  Message,
  type MessageDict,
  type MessageFields,
  type MessageOf,
} from "./lib/protocol/message.ts";
export { CommMsgType } from "./lib/protocol/message_types.ts";
export type { Receipt } from "./lib/protocol/receipt.ts";

/** What `new CrossCommClient` takes. */
export interface CrossCommClientOptions {
  /** The hub's address or name. An address to listen on (`"0.0.0.0"`) stands for this machine. Default: `"127.0.0.1"`. */
  ip?: string;
  /** The hub's port. Default: 9898. */
  port?: number;
  /** The hub's whole address, instead of `ip` and `port`: `"wss://hub.example/path"`. */
  url?: string;
  /**
   * The id to log in under. Default: `{mac}_{8 hex}`, the hardware address of this machine, where it can be read
   * (Deno's `--allow-sys=networkInterfaces`), and a random part.
   */
  clientId?: string;
  /** How often, in seconds, to let the hub hear of this client. Default: 30. */
  heartbeatInterval?: number;
  /**
   * The store that files go through. Default: the one that the environment names in `OSS_ENDPOINT`, `OSS_BUCKET_NAME`,
   * `OSS_ACCESS_KEY_ID` and `OSS_ACCESS_KEY_SECRET`, as Python has it, or else the one that the hub carries.
   */
  storage?: StorageSettings;
}

/** What `login` takes. */
export interface LoginOptions {
  /** How long to wait for the hub, in seconds. Default: 10. */
  timeout?: number;
  /** Gives up the login. */
  signal?: AbortSignal;
}

/** What `sendMessage` takes besides the content and its type. */
export interface SendOptions {
  /** A client's id, `"all"` for every other client that is online, or `"server"` for the hub. Default: `"all"`. */
  toClientId?: string;
  /** Stops waiting, and gives up an upload. A message that is on its way by then arrives all the same. */
  signal?: AbortSignal;
  /** Hears how far the upload of a file, image or folder is, at most ten times a second and in the end. */
  onProgress?: OnProgress;
  /**
   * How a folder goes: `"objects"`, each file by itself, which every SDK receives as a folder, or `"tar"`, all in one
   * compressed archive, which is far faster with many small files, and which Python, Java and Swift receive as a file.
   * Default: `"objects"`.
   */
  folderFormat?: "objects" | "tar";
}

/** What `downloadFileManually` takes. */
export interface DownloadOptions {
  /** Hears how far it is, at most ten times a second and in the end. */
  onProgress?: OnProgress;
  /** Gives it up; nothing half-written stays. */
  signal?: AbortSignal;
  /** What to take at most. */
  limits?: ReceiveLimits;
}

/** What `listClients` takes. */
export interface ListClientsOptions {
  /** Whether to leave out clients that are offline. Default: true. */
  onlyShowOnline?: boolean;
  /** How long to wait for the answer, in seconds. Default: 5. */
  timeout?: number;
}

/** A client. Python's `CrossCommService(role="client")`. */
export class CrossCommClient implements AsyncDisposable {
  /** The id that this client logs in under. */
  readonly clientId: string;
  /** The hub's address. */
  readonly url: string;
  readonly #heartbeatInterval: number;
  readonly #listeners: Listeners;
  readonly #storage: StorageSettings | undefined;
  readonly #files: LazyTransfers;
  #finished = handledLater();
  #isFinished = false;
  #connection: Connection | undefined;
  /** The latest one, be it over: its access key to the store is good for what has arrived before. */
  #latest: Connection | undefined;
  #login: { done: Promise<void>; abort: AbortController } | undefined;

  /**
   * Sets up a client; {@linkcode CrossCommClient.login} connects it.
   *
   * @throws {CrossCommError} `INVALID_ARGUMENT` where an option makes no sense.
   */
  constructor(options: CrossCommClientOptions = {}) {
    const { ip = "127.0.0.1", port = 9898, heartbeatInterval = 30 } = options;
    checkText("ip", ip);
    checkPort("port", port, 1);
    checkSeconds("heartbeatInterval", heartbeatInterval);
    if (options.clientId !== undefined) checkText("clientId", options.clientId);
    this.url = hubUrl(options.url, ip, port);
    this.clientId = options.clientId ?? makeClientId(macAddress());
    this.#heartbeatInterval = heartbeatInterval;
    this.#storage = options.storage;
    this.#files = new LazyTransfers(() => this.#storageSettings(), this.clientId);
    this.#listeners = new Listeners(this.clientId, (message, directory) => this.#files.receiveFor(message, directory));
  }

  /** Whether this client is logged in. */
  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Resolves when this client has logged out; rejects with `CONNECTION_LOST` when the hub has gone away before. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Connects to the hub and logs in; resolves when the hub has let this client in. Does nothing where it already has.
   *
   * @throws {CrossCommError} `CONNECTION_REFUSED`, `UNREACHABLE`, `WRONG_PROTOCOL`, `LOGIN_REFUSED`, `CONNECTION_LOST`,
   * `TIMEOUT`, or `ABORTED` where `signal` fired or `logout` was called meanwhile.
   */
  async login({ timeout = 10, signal }: LoginOptions = {}): Promise<void> {
    checkSeconds("timeout", timeout);
    throwIfAborted(signal);
    if (this.#connection?.isLeaving) await this.#connection.ended;
    if (this.#connection !== undefined) return;
    this.#login ??= this.#begin(timeout, signal);
    await this.#login.done;
  }

  /** Leaves the hub; what was sent before still arrives. Does nothing where this client is not logged in. */
  async logout(): Promise<void> {
    this.#login?.abort.abort(new CrossCommError("ABORTED", "this client was told to log out while it logged in"));
    await this.#connection?.close();
  }

  /** Logs out, and resolves when the listeners have dealt with all that arrived before, or after five seconds. */
  async stop(): Promise<void> {
    const callers = this.#listeners.callers();
    await this.logout();
    this.#listeners.endStreams();
    await this.#listeners.idle(callers);
  }

  /** As {@linkcode CrossCommClient.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Listens to what others send: call the result with a function, or put it on a method as a decorator. A listener is
   * called in the order in which messages arrive, and not again before the promise that it returned has settled. What
   * it throws is logged and harms no other.
   *
   * @example A function, and a method
   * ```ts
   * import { CommMsgType, CrossCommClient, type Message } from "@x/crosscomm/client";
   *
   * const client = new CrossCommClient();
   * client.messageListener({ msgType: CommMsgType.DICT })((message) => console.log(message.content));
   *
   * class Thermometer {
   *   @client.messageListener({ msgType: CommMsgType.TEXT, fromClientId: "kitchen" })
   *   onText(message: Message<"text">) {
   *     console.log(message.content);
   *   }
   * }
   * new Thermometer();
   * ```
   */
  messageListener<T extends CommMsgType = CommMsgType>(options: ListenOptions<T> = {}): ListenerDecorator<T> {
    return this.#listeners.decorator(options);
  }

  /**
   * What others send as an async iterator, from this call on until the connection ends. Messages that are not asked
   * for wait in memory: iterate, or end it with `return()` or the `signal`.
   */
  messages<T extends CommMsgType = CommMsgType>(options: ListenOptions<T> = {}): AsyncIterableIterator<MessageOf<T>> {
    return this.#listeners.stream(options);
  }

  /**
   * Sends a message. Resolves when it is on its way to the hub; version 1 of the protocol tells no more. The content of
   * a file, image or folder message is a path: what lies there is uploaded first.
   *
   * @throws {CrossCommError} `INVALID_CONTENT` where the content does not fit the type, `MESSAGE_TOO_LARGE`,
   * `NOT_CONNECTED`; for files `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_CHANGED`, and what begins with `STORAGE_`:
   * no message was sent then. `ABORTED` where `signal` fired.
   *
   * @example A file, through the store of the hub
   * ```ts
   * import { CommMsgType, CrossCommClient } from "@x/crosscomm/client";
   * import { CrossCommServer } from "@x/crosscomm/server";
   *
   * const folder = await Deno.makeTempDir();
   * await Deno.writeTextFile(`${folder}/hello.txt`, "hello");
   * await using server = new CrossCommServer({
   *   ip: "127.0.0.1",
   *   port: 0,
   *   clientsFile: `${folder}/clients.yaml`,
   * });
   * await server.startServer();
   * await using ann = new CrossCommClient({ port: server.addr.port, clientId: "ann" });
   * await using bob = new CrossCommClient({ port: server.addr.port, clientId: "bob" });
   * await ann.login();
   * await bob.login();
   *
   * const arriving = bob.messages({ msgType: CommMsgType.FILE, downloadDirectory: `${folder}/downloads` });
   * await ann.sendMessage(`${folder}/hello.txt`, CommMsgType.FILE, { toClientId: "bob" });
   * const { value: message } = await arriving.next();
   * console.log(await Deno.readTextFile(message!.content)); // hello
   * ```
   */
  async sendMessage<T extends CommMsgType>(
    content: SendContent[T],
    msgType: T,
    { toClientId = ALL_CLIENTS, signal, ...fileOptions }: SendOptions = {},
  ): Promise<Receipt> {
    throwIfAborted(signal);
    checkText("toClientId", toClientId);
    checkType(msgType);
    const contentJson = encodeContent(msgType, content);
    this.#connected();
    const msgId = makeMessageId(this.clientId);
    const fields = { msgId, fromClientId: this.clientId, toClientId, msgType, contentJson };
    try {
      const ossKey = isFileType(msgType)
        ? await this.#files.send(msgType, content as string, { ...fileOptions, signal })
        : undefined;
      await this.#connected().send({ ...fields, ossKey }, signal);
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    }
    return { msgId, status: "sent" };
  }

  /**
   * Asks the hub which clients it knows.
   *
   * @throws {CrossCommError} `NOT_CONNECTED`, `CONNECTION_LOST` or `TIMEOUT`.
   */
  async listClients({ onlyShowOnline = true, timeout = 5 }: ListClientsOptions = {}): Promise<ClientList> {
    checkSeconds("timeout", timeout);
    return await this.#connected().listClients(onlyShowOnline, timeout);
  }

  /**
   * Downloads what a file, image or folder message named, to `saveDirectory/{ossKey}`, and resolves to the path there.
   * A key that ends with a slash is a folder's; Java's folder keys do not, so add it.
   *
   * @throws {CrossCommError} `OBJECT_NOT_FOUND`, `UNSAFE_KEY`, `FILE_DAMAGED`, `LIMIT_EXCEEDED`, `WRITE_FAILED`,
   * `ABORTED`, and what begins with `STORAGE_`. Nothing half-written stays.
   */
  async downloadFileManually(ossKey: string, saveDirectory: string, options: DownloadOptions = {}): Promise<string> {
    checkText("ossKey", ossKey);
    checkText("saveDirectory", saveDirectory);
    return await this.#files.receive(ossKey.endsWith("/") ? "folder" : "file", ossKey, saveDirectory, options);
  }

  async #storageSettings(): Promise<StorageSettings> {
    const named = this.#storage ?? environmentStorage();
    if (named !== undefined) return named;
    const granted = await (this.#latest ?? this.#connected()).storage();
    if (granted !== undefined) {
      const { protocol, host } = new URL(this.url);
      return { ...granted, endpoint: `${protocol === "wss:" ? "https" : "http"}://${host}` };
    }
    throw new CrossCommError(
      "STORAGE_NOT_CONFIGURED",
      "this hub carries no store: name one with OSS_ENDPOINT, OSS_BUCKET_NAME, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET",
    );
  }

  #connected(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    throw new CrossCommError("NOT_CONNECTED", "this client is not logged in: await login() first");
  }

  #begin(timeout: number, signal?: AbortSignal): { done: Promise<void>; abort: AbortController } {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const why = `${this.url} has not let this client in within ${timeout} s: check the address, or wait longer`;
      abort.abort(new CrossCommError("TIMEOUT", why));
    }, timeout * 1000);
    const forward = () => abort.abort(aborted(signal!));
    signal?.addEventListener("abort", forward);
    const done = this.#connect(abort.signal).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", forward);
      this.#login = undefined;
    });
    return { done, abort };
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const connection = await Connection.login(this.url, this.clientId, signal);
    if (signal.aborted) {
      await connection.close();
      throw signal.reason;
    }
    this.#connection = this.#latest = connection;
    if (this.#isFinished) this.#finished = handledLater();
    this.#isFinished = false;
    connection.ended.then((lost) => {
      this.#connection = undefined;
      this.#isFinished = true;
      this.#listeners.endStreams();
      if (lost === undefined) this.#finished.resolve();
      else this.#finished.reject(lost);
    });
    connection.run(this.#heartbeatInterval, (envelope) => this.#listeners.dispatch(envelope));
  }
}

function aborted(signal: AbortSignal): CrossCommError {
  return new CrossCommError("ABORTED", "this was given up by its signal", { cause: signal.reason });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

function hubUrl(url: string | undefined, ip: string, port: number): string {
  const text = url ?? `ws://${reachableHost(ip).replaceAll("/", "%2F")}:${port}`;
  if (URL.canParse(text) && /^wss?:\/\/[^#]*$/.test(text)) return text;
  throw new CrossCommError("INVALID_ARGUMENT", `${text} is no address of a hub: it looks like ws://192.168.1.5:9898`);
}
