/**
 * The hub: lets programs on other devices, written in other languages, send each other messages.
 *
 * @example A hub that greets whoever writes to it
 * ```ts
 * import { CommMsgType, CrossCommServer } from "@x/crosscomm/server";
 *
 * const folder = await Deno.makeTempDir();
 * await using server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile: `${folder}/clients.yaml` });
 * server.messageListener({ msgType: CommMsgType.TEXT })(async (message) => {
 *   await server.sendMessage(`hello ${message.fromClientId}`, CommMsgType.TEXT, { toClientId: message.fromClientId });
 * });
 * await server.startServer();
 * console.log(`listening on port ${server.addr.port}`);
 * ```
 *
 * @module
 */
import { TokenAccess } from "./lib/access/token_access.ts";
import { type AccessSettings, readAccessOptions } from "./lib/gateway/access_options.ts";
import { Certificate } from "./lib/gateway/certificate.ts";
import { Gateway, type GatewaySettings } from "./lib/gateway/gateway.ts";
import { LazyTransfers } from "./lib/files/lazy_transfers.ts";
import { environmentStorage } from "./lib/files/oss_settings.ts";
import type { StorageSettings } from "./lib/files/storage.ts";
import { Hub } from "./lib/hub/hub.ts";
import { Mailbox, type MailboxUsage } from "./lib/hub/mailbox.ts";
import type { Failure, Outcome } from "./lib/hub/parcel.ts";
import { type ListenerDecorator, Listeners, type ListenOptions } from "./lib/listeners/listeners.ts";
import { ObjectStore } from "./lib/object_store/object_store.ts";
import { readOwnerKey } from "./lib/object_store/owner_key.ts";
import { DEFAULT_SETTINGS } from "./lib/object_store/settings.ts";
import { checkBytes, checkPort, checkSeconds, checkText } from "./lib/protocol/check.ts";
import { encodeContent, type SendContent } from "./lib/protocol/content.ts";
import { CrossCommError, type ErrorCode } from "./lib/protocol/errors.ts";
import { reachableHost } from "./lib/protocol/host.ts";
import { readEnvelope, writeEnvelope } from "./lib/protocol/envelope.ts";
import { ALL_CLIENTS, makeMessageId, SERVER_ID } from "./lib/protocol/ids.ts";
import type { StorageGrant } from "./lib/protocol/login.ts";
import {
  type CrossCommServerOptions,
  DEFAULT_CLIENTS_FILE,
  mailboxSettingsOf,
  type StoreOptions,
  storeSettingsOf,
} from "./lib/server/options.ts";
import type { MessageOf } from "./lib/protocol/message.ts";
import { checkType, type CommMsgType, isFileType } from "./lib/protocol/message_types.ts";
import type { Receipt } from "./lib/protocol/receipt.ts";

export type { AccessToken } from "./lib/access/token.ts";
export { type NewTokenOptions, TokenFile } from "./lib/access/token_file.ts";
export type { AccessOptions } from "./lib/gateway/access_options.ts";
export type { StorageSettings } from "./lib/files/storage.ts";
export type { MailboxUsage } from "./lib/hub/mailbox.ts";
export type { Listener, ListenerDecorator, ListenOptions } from "./lib/listeners/listeners.ts";
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
export type { CrossCommServerOptions } from "./lib/server/options.ts";

/** What the hub's `sendMessage` takes besides the content and its type. */
export interface ServerSendOptions {
  /** A client's id, or `"all"`. Default: `"all"`. */
  toClientId?: string;
}

/**
 * What a program needs to use the store that a hub on this machine keeps in `storeFolder`, where `ip` and `port` are how
 * that program reaches the hub, and `protocol` is `"https"` where the hub has a certificate: the access key is the
 * owner's, which may do everything.
 *
 * @throws {CrossCommError} `STORE_UNUSABLE` where no hub keeps a store there.
 */
export async function readStorageSettings(
  storeFolder: string,
  ip: string,
  port = 9898,
  protocol: "http" | "https" = "http",
): Promise<StorageSettings> {
  try {
    const endpoint = `${protocol}://${reachableHost(ip)}:${port}`;
    return { endpoint, bucket: DEFAULT_SETTINGS.bucket, ...await readOwnerKey(storeFolder) };
  } catch (cause) {
    throw new CrossCommError("STORE_UNUSABLE", `no hub keeps a store in ${storeFolder}: start one there first`, {
      cause,
    });
  }
}

/** What waits for the clients of a hub that are offline: `openMailbox` opens it. */
export interface HubMailbox extends AsyncDisposable {
  /** What waits for whom, in the order of the clients' ids. */
  usage(): MailboxUsage[];
  /**
   * Removes all that waits for a client, for good; resolves to how many messages that is. Their senders are not told.
   *
   * @throws {CrossCommError} `WRITE_FAILED`
   */
  clear(clientId: string): Promise<number>;
  /** Closes it. */
  close(): Promise<void>;
}

/**
 * Opens the mailbox that a hub on this machine keeps in `mailboxFile`, to look into it and to clear it. It makes no
 * difference whether the hub is running.
 *
 * @throws {CrossCommError} `MAILBOX_UNUSABLE` where no hub keeps a mailbox there, or it cannot be read.
 */
export async function openMailbox(mailboxFile: string): Promise<HubMailbox> {
  const mailbox = await Mailbox.openHubs(mailboxFile);
  return {
    usage: () => mailbox.usage(),
    async clear(clientId) {
      const messages = mailbox.clear(clientId);
      await mailbox.safe();
      return messages;
    },
    close: () => mailbox.close(),
    [Symbol.asyncDispose]: () => mailbox.close(),
  };
}

/** A hub. Python's `CrossCommService(role="server")`. */
export class CrossCommServer implements AsyncDisposable {
  readonly #gatewaySettings: GatewaySettings;
  readonly #certificateFiles: AccessSettings["certificateFiles"];
  readonly #access: TokenAccess;
  readonly #hub: Hub;
  readonly #storeSettings: StoreOptions | undefined;
  readonly #files = new LazyTransfers(() => this.#storageSettings(), SERVER_ID);
  readonly #finished = Promise.withResolvers<void>();
  #started = false;
  #gateway: Gateway | undefined;
  #store: ObjectStore | undefined;
  #stopped: Promise<void> | undefined;

  /**
   * Sets up a hub; {@linkcode CrossCommServer.startServer} starts it.
   *
   * @throws {CrossCommError} `INVALID_ARGUMENT` where an option makes no sense.
   */
  constructor(options: CrossCommServerOptions = {}) {
    const {
      ip = "0.0.0.0",
      port = 9898,
      heartbeatInterval = 30,
      heartbeatTimeout = 60,
      clientsFile = DEFAULT_CLIENTS_FILE,
      maxBufferedBytes = 64 * 1024 * 1024,
      maxTotalBufferedBytes = 1024 ** 3,
      resumeWindow = 10,
    } = options;
    checkText("ip", ip);
    checkPort("port", port, 0);
    checkSeconds("heartbeatInterval", heartbeatInterval);
    checkSeconds("heartbeatTimeout", heartbeatTimeout);
    checkText("clientsFile", clientsFile);
    checkBytes("maxBufferedBytes", maxBufferedBytes);
    checkBytes("maxTotalBufferedBytes", maxTotalBufferedBytes);
    checkSeconds("resumeWindow", resumeWindow);
    const { gateway, certificateFiles, tokensFile } = readAccessOptions(options, clientsFile);
    this.#gatewaySettings = { ip, port, maxUnfinishedBytes: maxTotalBufferedBytes, ...gateway };
    this.#certificateFiles = certificateFiles;
    this.#access = new TokenAccess(tokensFile, options.requireTokens === true);
    this.#storeSettings = storeSettingsOf(options);
    this.#hub = new Hub(
      {
        heartbeatInterval,
        heartbeatTimeout,
        clientsFile,
        bufferLimit: maxBufferedBytes,
        totalBufferLimit: maxTotalBufferedBytes,
        resumeWindow,
        drainTime: DRAIN_SECONDS,
        mailbox: mailboxSettingsOf(options),
        grantStorage: (clientId, subject) => this.#grantStorage(clientId, subject),
        access: this.#access,
      },
      new Listeners(SERVER_ID, (...wanted) => this.#files.receiveFor(...wanted)),
    );
  }

  /**
   * Starts the hub; resolves when it listens. Wait for {@linkcode CrossCommServer.finished} to wait for its end.
   *
   * @throws {CrossCommError} `PORT_IN_USE`, `LISTEN_FAILED`, `CERTIFICATE_UNUSABLE`, `STORE_UNUSABLE`, `ABORTED` by `stop`, or `INVALID_ARGUMENT` at a second call.
   */
  async startServer(): Promise<void> {
    if (this.#started) throw new CrossCommError("INVALID_ARGUMENT", "this hub has been started before: make a new one");
    this.#started = true;
    try {
      await this.#hub.start();
      this.#access.start(() => this.#hub.checkAccess());
      const store = this.#store = this.#storeSettings && await this.#openStore(this.#storeSettings);
      this.#gateway = await Gateway.listen(this.#hub, {
        ...this.#gatewaySettings,
        certificate: this.#certificateFiles && new Certificate(this.#certificateFiles),
        store: store && ((request) => store.handle(request)),
      });
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.#stopped !== undefined) {
      this.#access[Symbol.dispose]();
      await this.#hub.stop();
      await this.#gateway.close();
      await this.#store?.close();
      this.#gateway = undefined;
      throw new CrossCommError("ABORTED", "this hub was told to stop while it started");
    }
  }

  /**
   * Where the hub listens.
   *
   * @throws {CrossCommError} `NOT_CONNECTED` before it does.
   */
  get addr(): { hostname: string; port: number } {
    if (this.#gateway === undefined) throw notStarted();
    return this.#gateway.addr;
  }

  /** Whether clients need a token, as far as is known: once the hub has started. */
  get asksForTokens(): boolean {
    return this.#access.required;
  }

  /** Resolves when the hub has stopped. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Disconnects every client, writes the clients file and stops listening; listeners that are at work may take up to
   * five seconds to end it. Calling it twice does no harm.
   */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  /** As {@linkcode CrossCommServer.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The ids of the clients that are online. Python's `get_online_clients()`. */
  getOnlineClients(): string[] {
    return this.#hub.onlineClients();
  }

  /**
   * Listens to messages for `"server"` and for `"all"`: call the result with a function, or put it on a method as a
   * decorator. A listener is called in the order in which messages arrive, and not again before the promise that it
   * returned has settled: until then messages wait in memory, without a bound, and the log warns of 10,000 and more.
   * What it throws is logged and harms no other.
   */
  messageListener<T extends CommMsgType = CommMsgType>(options: ListenOptions<T> = {}): ListenerDecorator<T> {
    return this.#hub.listeners.decorator(options);
  }

  /**
   * Messages for `"server"` and for `"all"` as an async iterator, from this call on until the hub stops. Messages that
   * are not asked for wait in memory: iterate, or end it with `return()` or the `signal`.
   */
  messages<T extends CommMsgType = CommMsgType>(options: ListenOptions<T> = {}): AsyncIterableIterator<MessageOf<T>> {
    return this.#hub.listeners.stream(options);
  }

  /**
   * Sends a message from the hub itself, whose id is `"server"`. To a single client, resolves when its listeners have
   * it, when it is on the wire of one that speaks version 1, or when it is safe in the mailbox of one that is offline:
   * the receipt tells which. For `"all"` it tells how many it went to; those whose connection could not take it are in
   * the log. The content of a file, image or folder message is a path: what lies there is put into the store first.
   *
   * @throws {CrossCommError} `INVALID_CONTENT` where the content does not fit the type, `NOT_CONNECTED` where the hub does not run; for a single client
   * `UNKNOWN_CLIENT`, `MESSAGE_TOO_LARGE`, `MAILBOX_FULL` or `NOT_STORED`: nothing was sent then;
   * `UNCONFIRMED` where it may have arrived.
   */
  async sendMessage<T extends CommMsgType>(
    content: SendContent[T],
    msgType: T,
    { toClientId = ALL_CLIENTS }: ServerSendOptions = {},
  ): Promise<Receipt> {
    checkText("toClientId", toClientId);
    checkType(msgType);
    if (toClientId === SERVER_ID) throw new CrossCommError("INVALID_ARGUMENT", "the hub cannot send to itself");
    if (this.#gateway === undefined) throw notStarted();
    const contentJson = encodeContent(msgType, content);
    // Before it is uploaded, and lies in the store for nobody.
    if (toClientId !== ALL_CLIENTS && !this.#hub.isKnown(toClientId)) throw deliveryError(toClientId, "unknown_client");
    const ossKey = isFileType(msgType) ? await this.#files.send(msgType, content as string) : undefined;
    const msgId = makeMessageId(SERVER_ID);
    const fields = { msgId, fromClientId: SERVER_ID, toClientId, msgType, contentJson, ossKey };
    const became = await this.#hub.send(readEnvelope(writeEnvelope(fields)));
    if (typeof became === "number") return { msgId, status: "sent", recipients: became };
    if (isFailure(became)) throw deliveryError(toClientId, became);
    return { msgId, status: became };
  }

  async #openStore(settings: StoreOptions): Promise<ObjectStore> {
    try {
      return await ObjectStore.open(settings, (subject, clientId) => this.#access.isStillValid(subject, clientId));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const wayOut =
        "choose another folder with storeFolder (--store-folder), or do without a store (false, --no-store)";
      throw new CrossCommError(
        "STORE_UNUSABLE",
        `the store in ${settings.folder} cannot be opened (${why}): ${wayOut}`,
        {
          cause,
        },
      );
    }
  }

  #grantStorage(clientId: string, subject: string | undefined): StorageGrant | undefined {
    const store = this.#store;
    return store && { bucket: store.settings.bucket, ...store.grant(clientId, GRANT_SECONDS, subject) };
  }

  async #storageSettings(): Promise<StorageSettings> {
    const named = environmentStorage();
    if (named !== undefined) return named;
    if (this.#store === undefined) throw new CrossCommError("STORAGE_NOT_CONFIGURED", "this hub carries no store");
    if (this.#gateway === undefined) throw notStarted();
    return {
      endpoint: await this.#gateway.storeAddress(),
      bucket: this.#store.settings.bucket,
      ...this.#store.owner,
    };
  }

  async #stop(): Promise<void> {
    this.#access[Symbol.dispose]();
    await this.#hub.stop(); // tells the clients why, and waits for listeners, who may still download from here
    await Promise.all([this.#store?.close(), this.#gateway?.close()]);
    this.#gateway = undefined;
    this.#finished.resolve();
  }
}

/** For how long, in seconds, a client's access key to the store is good. Clients ask for new ones. */
const GRANT_SECONDS = 60 * 60;

/** How long clients may take, in seconds, to read what is on its way to them when the hub stops. */
const DRAIN_SECONDS = 1;

function notStarted(): CrossCommError {
  return new CrossCommError("NOT_CONNECTED", "this hub is not started: startServer()");
}

const deliveryErrors: Record<Failure, [ErrorCode, string]> = {
  "unknown_client": ["UNKNOWN_CLIENT", "is not known here: is the id right, and has it ever logged in?"],
  "too_large": ["MESSAGE_TOO_LARGE", "would be disconnected by a message of this size: send a file, or smaller parts"],
  "mailbox_full": [
    "MAILBOX_FULL",
    "is offline, and its mailbox is full, or there is no room in all: send again when it is back",
  ],
  "unconfirmed": [
    "UNCONFIRMED",
    "vanished while the message was on its way, and it could not be kept: it may have arrived",
  ],
  "not_stored": ["NOT_STORED", "is offline, and the message cannot be written to the disk: make room there"],
};

function isFailure(outcome: Outcome): outcome is Failure {
  return outcome in deliveryErrors;
}

function deliveryError(clientId: string, why: Failure): CrossCommError {
  const [code, sentence] = deliveryErrors[why];
  return new CrossCommError(code, `the client ${clientId} ${sentence}`);
}
