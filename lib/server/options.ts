import { dirname, join } from "node:path";
import type { AccessOptions } from "../gateway/access_options.ts";
import type { MailboxSettings } from "../hub/mailbox.ts";
import type { ObjectStore } from "../object_store/object_store.ts";
import { checkAmount, checkText } from "../protocol/check.ts";

/** Where a hub remembers its clients, unless it is told otherwise. */
export const DEFAULT_CLIENTS_FILE = "cross_comm_clients.yaml";
const DEFAULT_MAILBOX_FILE = "cross_comm_mailbox.db";

/** What `new CrossCommServer` takes. */
export interface CrossCommServerOptions extends AccessOptions {
  /** The address to listen on. Default: `"0.0.0.0"`, every IPv4 address of this machine. */
  ip?: string;
  /** The port to listen on; 0 takes a free one, which `addr` then tells. Default: 9898. */
  port?: number;
  /** How often, in seconds, clients are expected to be heard of. Default: 30. */
  heartbeatInterval?: number;
  /** After how many seconds of silence a client counts as offline, until it is heard of again. Default: 60. */
  heartbeatTimeout?: number;
  /** Where the hub remembers its clients. Default: `"cross_comm_clients.yaml"`, in the working directory. */
  clientsFile?: string;
  /**
   * How much may be on its way to a client, in characters, before it is disconnected. What it costs to hold a message,
   * however small, counts as 512 of them. Default: 64 Mi.
   */
  maxBufferedBytes?: number;
  /**
   * How much may be on its way to all clients together, in characters, before those are disconnected to whom most is. A
   * message to many counts once. As many bytes may have come of messages that are not whole: beyond that they are read
   * one after the other. Default: 1 Gi.
   */
  maxTotalBufferedBytes?: number;
  /** For how many seconds a client that has lost its connection may come back as if nothing had happened. Default: 10. */
  resumeWindow?: number;
  /** Where messages wait for clients that are offline. Default: `"cross_comm_mailbox.db"`, beside the clients file. */
  mailboxFile?: string;
  /**
   * How many messages may wait for one client; half of them from one other, and three quarters from one address. Default:
   * 20,000.
   */
  maxMailboxMessages?: number;
  /** How much may wait for one client, in bytes; as much of it from one other or from one address. Default: 128 MiB. */
  maxMailboxBytes?: number;
  /**
   * How much may wait for all clients together, in bytes; a quarter of it from one of them, and half from one address.
   * Default: 1 GiB.
   */
  maxMailboxTotalBytes?: number;
  /** How long a message waits, in seconds. Default: 7 days. */
  mailboxLifetime?: number;
  /**
   * Where the hub keeps the files that clients send each other: a store on the same port that speaks the protocol of
   * Aliyun OSS. Default: `"cross_comm_store"`, beside the clients file. `false`: the hub carries no store.
   */
  storeFolder?: string | false;
  /** How large one file in the store may be, in bytes. Default: 16 GiB. */
  maxObjectBytes?: number;
  /** How much the store may hold, in bytes. Default: 64 GiB. */
  maxStoreBytes?: number;
  /** How much of the disk stays free, in bytes. Default: 1 GiB. */
  minFreeBytes?: number;
  /** How long the store keeps a file, in seconds. Default: 30 days. */
  objectLifetime?: number;
}

/** What a store is opened with. */
export type StoreOptions = Parameters<typeof ObjectStore.open>[0];

/** The store that the options ask for; `undefined` where they ask for none. */
export function storeSettingsOf(options: CrossCommServerOptions): StoreOptions | undefined {
  const { clientsFile = DEFAULT_CLIENTS_FILE, maxObjectBytes, maxStoreBytes, minFreeBytes, objectLifetime } = options;
  const { storeFolder = join(dirname(clientsFile), "cross_comm_store") } = options;
  if (storeFolder === false) return undefined;
  checkText("storeFolder", storeFolder);
  const limits = { maxObjectBytes, maxBucketBytes: maxStoreBytes, minFreeBytes, objectLifetime };
  for (const [name, value] of Object.entries(limits)) if (value !== undefined) checkAmount(name, value);
  return {
    folder: storeFolder,
    ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
  };
}

/** The mailbox that the options ask for. */
export function mailboxSettingsOf(options: CrossCommServerOptions): MailboxSettings {
  const { clientsFile = DEFAULT_CLIENTS_FILE, mailboxFile = join(dirname(clientsFile), DEFAULT_MAILBOX_FILE) } =
    options;
  checkText("mailboxFile", mailboxFile);
  const limits = {
    maxMessages: options.maxMailboxMessages ?? 20_000,
    maxBytes: options.maxMailboxBytes ?? 128 * 1024 * 1024,
    maxTotalBytes: options.maxMailboxTotalBytes ?? 1024 ** 3,
    lifetime: options.mailboxLifetime ?? 7 * 24 * 60 * 60,
  };
  for (const [name, value] of Object.entries(limits)) checkAmount(`the mailbox's ${name}`, value);
  return { file: mailboxFile, ...limits };
}
