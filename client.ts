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
import { Logins } from "./lib/client/logins.ts";
import type {
  CrossCommClientOptions,
  DownloadOptions,
  ListClientsOptions,
  LoginOptions,
  SendOptions,
} from "./lib/client/options.ts";
import type { Address } from "./lib/connection/dial.ts";
import { hubAddress } from "./lib/connection/hub_address.ts";
import { Link } from "./lib/connection/link.ts";
import { macAddress } from "./lib/connection/mac_address.ts";
import { throwIfAborted } from "./lib/connection/patience.ts";
import { RecentIds } from "./lib/connection/recent_ids.ts";
import { type ReconnectPolicy, reconnectPolicy } from "./lib/connection/reconnect.ts";
import { type ClientStatus, StatusFeed } from "./lib/connection/status.ts";
import { LazyTransfers } from "./lib/files/lazy_transfers.ts";
import { environmentStorage } from "./lib/files/oss_settings.ts";
import type { SendTransferOptions } from "./lib/files/file_transfers.ts";
import type { StorageSettings } from "./lib/files/storage.ts";
import { type ListenerDecorator, Listeners, type ListenOptions } from "./lib/listeners/listeners.ts";
import { lostMessages } from "./lib/listeners/lost_messages.ts";
import { PresenceFeed } from "./lib/listeners/presence_feed.ts";
import { checkPort, checkSeconds, checkText } from "./lib/protocol/check.ts";
import type { ClientList } from "./lib/protocol/client_list.ts";
import { encodeContent, type SendContent } from "./lib/protocol/content.ts";
import { writeEnvelope } from "./lib/protocol/envelope.ts";
import { CrossCommError } from "./lib/protocol/errors.ts";
import { ALL_CLIENTS, makeClientId, makeMessageId } from "./lib/protocol/ids.ts";
import type { LostMessage } from "./lib/protocol/lost_message.ts";
import type { MessageOf } from "./lib/protocol/message.ts";
import { checkType, type CommMsgType, type FileType, isFileType } from "./lib/protocol/message_types.ts";
import type { PresenceChange } from "./lib/protocol/presence.ts";
import type { Receipt } from "./lib/protocol/receipt.ts";

export type {
  CrossCommClientOptions,
  DownloadOptions,
  ListClientsOptions,
  LoginOptions,
  SendOptions,
} from "./lib/client/options.ts";
export type { ReconnectOptions } from "./lib/connection/reconnect.ts";
export type { ClientStatus } from "./lib/connection/status.ts";
export type { ReceiveLimits } from "./lib/files/limits.ts";
export type { OnProgress, Progress } from "./lib/files/progress.ts";
export type { StorageSettings } from "./lib/files/storage.ts";
export { StorageHousekeeping, type StoredObject } from "./lib/files/storage_housekeeping.ts";
export type { Listener, ListenerDecorator, ListenOptions } from "./lib/listeners/listeners.ts";
export type { ClientInfo, ClientList } from "./lib/protocol/client_list.ts";
export type { LostMessage } from "./lib/protocol/lost_message.ts";
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
export type { PresenceChange } from "./lib/protocol/presence.ts";
export type { Receipt } from "./lib/protocol/receipt.ts";

/** A client. Python's `CrossCommService(role="client")`. */
export class CrossCommClient implements AsyncDisposable {
  /** The id that this client logs in under. */
  readonly clientId: string;
  /** The hub's address. */
  readonly url: string;
  readonly #address: Address;
  readonly #heartbeatInterval: number;
  readonly #reconnect: ReconnectPolicy | undefined;
  readonly #listeners: Listeners;
  readonly #storage: StorageSettings | undefined;
  readonly #files: LazyTransfers;
  readonly #status = new StatusFeed();
  readonly #lost = lostMessages();
  /** `undefined` where the hub is not to tell who comes and goes. */
  readonly #presence: PresenceFeed | undefined;
  readonly #recent = new RecentIds();
  readonly #logins: Logins;

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
    if (options.url !== undefined) checkText("url", options.url);
    if (options.clientId !== undefined) checkText("clientId", options.clientId);
    if (options.token !== undefined) checkText("token", options.token);
    this.#address = hubAddress({ ...options, ip, port });
    this.url = this.#address.url;
    this.#reconnect = reconnectPolicy(options.reconnect);
    this.clientId = options.clientId ?? makeClientId(macAddress());
    this.#heartbeatInterval = heartbeatInterval;
    if (options.watchPresence) this.#presence = new PresenceFeed(this.clientId);
    this.#storage = options.storage;
    this.#files = new LazyTransfers(() => this.#storageSettings(), this.clientId);
    this.#listeners = new Listeners(this.clientId, (...wanted) => this.#files.receiveFor(...wanted));
    this.#logins = new Logins({
      url: this.url,
      link: (loginTimeout) => this.#makeLink(loginTimeout),
      onEnd: () => this.#endFeeds(),
    });
  }

  /** Whether this client is logged in, and the connection is not lost right now. */
  get isConnected(): boolean {
    return this.protocol !== undefined;
  }

  /** The version of the protocol that the hub speaks; `undefined` while there is no connection. */
  get protocol(): 1 | 2 | undefined {
    return this.#logins.link?.protocol;
  }

  /**
   * Resolves when this client has logged out; rejects when the hub has turned it away (`DISMISSED`, `LOGIN_REFUSED`), or
   * the connection was lost (`CONNECTION_LOST`) and it does not, or no longer, try to come back.
   */
  get finished(): Promise<void> {
    return this.#logins.finished;
  }

  /**
   * How this client and its hub stand: now, at each change, and until the client has ended.
   *
   * @example Show it
   * ```ts
   * import { CrossCommClient } from "@x/crosscomm/client";
   *
   * const client = new CrossCommClient({ port: 1 });
   * const shown = (async () => {
   *   for await (const status of client.status()) {
   *     if (status.state === "lost") console.log(`${status.reason.message}; trying again in ${status.retryIn} s`);
   *     else console.log(status.state); // connecting, ended
   *   }
   * })();
   * await client.login().catch((error) => console.log(error.code)); // CONNECTION_REFUSED
   * await shown;
   * ```
   */
  status(): AsyncIterableIterator<ClientStatus> {
    return this.#status.follow();
  }

  /**
   * Connects to the hub and logs in; resolves when the hub has let this client in. Does nothing where it already has;
   * while the connection is lost, waits until it is back.
   *
   * @throws {CrossCommError} `CONNECTION_REFUSED`, `UNREACHABLE`, `WRONG_PROTOCOL`, `LOGIN_REFUSED`, `CONNECTION_LOST`,
   * `TIMEOUT`, or `ABORTED` where `signal` fired or `logout` was called meanwhile.
   */
  async login(options: LoginOptions = {}): Promise<void> {
    await this.#logins.login(options);
  }

  /**
   * Leaves the hub, once there are receipts for what was sent before, or after five seconds: what has none by then
   * rejects. A hub that does not answer the goodbye is waited for two seconds more; then this resolves, but the socket
   * stays open until the hub answers or the network gives up, and keeps a Deno program running: no WebSocket can be
   * broken off. A program that is to end all the same calls `Deno.exit()`. Does nothing where this client is not logged in.
   */
  async logout(): Promise<void> {
    await this.#logins.logout();
  }

  /**
   * As {@linkcode CrossCommClient.logout}, and resolves when the listeners have dealt with all that arrived before, or
   * five seconds later.
   */
  async stop(): Promise<void> {
    const callers = this.#listeners.callers();
    this.#listeners.close();
    await this.logout();
    if (this.#status.current === undefined) this.#status.set({ state: "ended" });
    this.#listeners.endStreams();
    this.#lost.end();
    await this.#listeners.idle(callers);
  }

  /** As {@linkcode CrossCommClient.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Listens to what others send: call the result with a function, or put it on a method as a decorator. A listener is
   * called in the order in which messages arrive, and not again before the promise that it returned has settled: until
   * then messages wait in memory, without a bound, and the log warns of 10,000 and more. What it throws is logged and
   * harms no other.
   *
   * @throws {CrossCommError} `INVALID_ARGUMENT` where there is no such type of message.
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
   * What others send as an async iterator, from this call on until the connection ends; after `stop()` and before the
   * next login there is nothing to wait for. Messages that are not asked for wait in memory, without a bound, and the log
   * warns of 10,000 and more: iterate, or end it with `return()` or the `signal`.
   *
   * @throws {CrossCommError} `INVALID_ARGUMENT` where there is no such type of message.
   */
  messages<T extends CommMsgType = CommMsgType>(options: ListenOptions<T> = {}): AsyncIterableIterator<MessageOf<T>> {
    return this.#listeners.stream(options);
  }

  /**
   * Messages of this client that the hub had stored, and that are lost after all, from this call on until the connection
   * ends: nobody fetched them for too long (`EXPIRED`), or who did accepts no message as large (`MESSAGE_TOO_LARGE`). The
   * hub keeps the news for a client that is offline. Where nothing follows this, it goes to the log. A hub of version 1
   * tells nothing.
   *
   * @example Say what was lost
   * ```ts
   * import { CrossCommClient } from "@x/crosscomm/client";
   *
   * await using client = new CrossCommClient();
   * const told = (async () => {
   *   for await (const { msgId, toClientId, error } of client.undelivered()) {
   *     console.log(`${msgId} did not get to ${toClientId}: ${error.message}`);
   *   }
   * })();
   * // … await client.login(), and send
   * await client.stop();
   * await told;
   * ```
   */
  undelivered(): AsyncIterableIterator<LostMessage> {
    return this.#lost.follow();
  }

  /**
   * Which other clients are online, and from then on each that comes online or goes offline, until the connection ends for
   * good. While it is lost nothing is told; when it is back, what has changed meanwhile. Of a client that comes and goes
   * faster than it can be told, only how it stands in the end. Changes that are not asked for wait in memory: iterate, or
   * end it with `return()`. To be called once this client is logged in; it has to be made with `watchPresence`.
   *
   * @throws {CrossCommError} `INVALID_ARGUMENT` without `watchPresence`; `NOT_CONNECTED`; `NOT_SUPPORTED` where the hub
   * speaks version 1. The iterator ends where such a hub has taken the place of one of version 2.
   *
   * @example Say who comes and goes
   * ```ts
   * import { CrossCommClient } from "@x/crosscomm/client";
   * import { CrossCommServer } from "@x/crosscomm/server";
   *
   * const folder = await Deno.makeTempDir();
   * await using server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile: `${folder}/clients.yaml` });
   * await server.startServer();
   * await using ann = new CrossCommClient({ port: server.addr.port, clientId: "ann", watchPresence: true });
   * await using bob = new CrossCommClient({ port: server.addr.port, clientId: "bob" });
   * await ann.login();
   * await bob.login();
   * for await (const { clientId, status } of ann.presence()) {
   *   console.log(`${clientId} is ${status}`); // bob is online, bob is offline
   *   if (status === "offline") break;
   *   await bob.logout();
   * }
   * ```
   */
  presence(): AsyncIterableIterator<PresenceChange> {
    if (this.#presence === undefined) {
      const why = "this client does not ask who comes and goes: make it with { watchPresence: true }";
      throw new CrossCommError("INVALID_ARGUMENT", why);
    }
    this.#logins.current();
    if (this.protocol === 1) {
      const why = "this hub speaks version 1 and does not tell who comes and goes: ask it with listClients()";
      throw new CrossCommError("NOT_SUPPORTED", why);
    }
    return this.#presence.follow();
  }

  /**
   * Sends a message. Resolves when the addressee's listeners have it, or when it waits in the addressee's mailbox on the
   * hub's disk: the receipt says which. Where the hub or the addressee speaks version 1 of the protocol, it resolves when
   * the message is on the wire. The content of a file, image or folder message is a path: what lies there is uploaded
   * first.
   *
   * While the connection is lost, messages wait, and are sent in order when it is back. The hub gets no more than 10,000
   * messages, or 64 MiB, that it has not receipted: what is more waits for its turn.
   *
   * @throws {CrossCommError} `INVALID_CONTENT` where the content does not fit the type, `MESSAGE_TOO_LARGE`; from the hub
   * `UNKNOWN_CLIENT`, `MAILBOX_FULL`, `NOT_STORED` or `REFUSED`; `UNCONFIRMED` where it may have arrived; `TIMEOUT`, which
   * says whether the message may still arrive; `NOT_CONNECTED` where it was not sent, and `CONNECTION_LOST` where it may
   * have been; for files `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_CHANGED`, and what begins with `STORAGE_`:
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
    { toClientId = ALL_CLIENTS, timeout = 60, whenDisconnected = "wait", signal, ...fileOptions }: SendOptions = {},
  ): Promise<Receipt> {
    throwIfAborted(signal);
    checkText("toClientId", toClientId);
    checkType(msgType);
    checkSeconds("timeout", timeout);
    const contentJson = encodeContent(msgType, content);
    const link = this.#logins.current();
    if (whenDisconnected === "fail" && !this.isConnected) {
      throw new CrossCommError("NOT_CONNECTED", "there is no connection to the hub right now: it was to fail then");
    }
    const msgId = makeMessageId(this.clientId);
    const fields = { msgId, fromClientId: this.clientId, toClientId, msgType, contentJson };
    if (!isFileType(msgType)) return await link.send(msgId, writeEnvelope(fields), timeout, signal);
    await link.online(timeout, signal); // the hub has the key to the store
    const ossKey = await this.#upload(msgType, content as string, { ...fileOptions, signal });
    throwIfAborted(signal); // it may have fired at the last that was told of the progress
    return await this.#logins.current().send(msgId, writeEnvelope({ ...fields, ossKey }), timeout, signal);
  }

  /**
   * Asks the hub which clients it knows.
   *
   * @throws {CrossCommError} `NOT_CONNECTED`, `CONNECTION_LOST` or `TIMEOUT`.
   */
  async listClients({ onlyShowOnline = true, timeout = 5 }: ListClientsOptions = {}): Promise<ClientList> {
    checkSeconds("timeout", timeout);
    return await this.#logins.current().listClients(onlyShowOnline, timeout);
  }

  /**
   * Downloads what a file, image or folder message named, to `saveDirectory/{ossKey}`, and resolves to the path there.
   * A key that ends with a slash is a folder's; Java's folder keys do not, so add it.
   *
   * @throws {CrossCommError} `NOT_CONNECTED` where the key to the hub's store has ended and this client has
   * logged out; `OBJECT_NOT_FOUND`, `UNSAFE_KEY`, `FILE_DAMAGED`, `LIMIT_EXCEEDED`, `WRITE_FAILED`,
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
    const granted = await (this.#logins.latest ?? this.#logins.current()).storage();
    if (granted !== undefined) {
      const { protocol, host } = new URL(this.url);
      return { ...granted, endpoint: `${protocol === "wss:" ? "https" : "http"}://${host}` };
    }
    throw new CrossCommError(
      "STORAGE_NOT_CONFIGURED",
      "this hub carries no store: name one with OSS_ENDPOINT, OSS_BUCKET_NAME, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET",
    );
  }

  /** Gives it up with an error of ours where the signal fires. */
  async #upload(msgType: FileType, path: string, options: SendTransferOptions): Promise<string> {
    try {
      return await this.#files.send(msgType, path, options);
    } catch (error) {
      throwIfAborted(options.signal);
      throw error;
    }
  }

  #makeLink(loginTimeout: number): Link {
    this.#listeners.open();
    return new Link({
      ...{ address: this.#address, clientId: this.clientId, heartbeatInterval: this.#heartbeatInterval, loginTimeout },
      ...{ reconnect: this.#reconnect, status: this.#status, recent: this.#recent },
      onMessage: (envelope) => this.#listeners.dispatch(envelope),
      onLost: (message) => this.#lost.push(message),
      watchPresence: this.#presence !== undefined,
      onPresenceAnew: (protocol) => protocol === 2 ? this.#presence?.begin() : this.#presence?.end(),
      onPresence: (report) => this.#presence?.take(report),
    });
  }

  /** Nothing more comes on what is being iterated. */
  #endFeeds(): void {
    this.#listeners.endStreams();
    this.#lost.end();
    this.#presence?.end();
  }
}
