import type { ReconnectOptions } from "../connection/reconnect.ts";
import type { ReceiveLimits } from "../files/limits.ts";
import type { OnProgress } from "../files/progress.ts";
import type { StorageSettings } from "../files/storage.ts";

/** What `new CrossCommClient` takes. */
export interface CrossCommClientOptions {
  /** The hub's address or name. An address to listen on (`"0.0.0.0"`) stands for this machine. Default: `"127.0.0.1"`. */
  ip?: string;
  /** The hub's port. Default: 9898. */
  port?: number;
  /**
   * The hub's whole address, instead of `ip` and `port`: `"wss://hub.example/path"`. A token may stand in it, as the
   * password of any user: `"wss://me:TOKEN@hub.example"`.
   */
  url?: string;
  /** What proves to the hub who this client is, where the hub asks for it. It is never shown. */
  token?: string;
  /**
   * The id to log in under. Default: `{mac}_{8 hex}`, the hardware address of this machine, where it can be read
   * (Deno's `--allow-sys=networkInterfaces`), and a random part.
   */
  clientId?: string;
  /** How often, in seconds, to let the hub hear of this client. Default: 30. */
  heartbeatInterval?: number;
  /**
   * Whether, and how, to connect anew when the connection is lost after a login. Not where the hub has turned this
   * client away. Default: true, for ever, with at most 30 seconds from one attempt to the next.
   */
  reconnect?: boolean | ReconnectOptions;
  /** Whether the hub is to tell who comes online and who goes offline, for `presence()`. Default: false. */
  watchPresence?: boolean;
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
  /** Stops waiting, and gives up an upload. A message that the hub has by then arrives all the same. */
  signal?: AbortSignal;
  /** How long to wait for the receipt, in seconds, once a file is uploaded. Default: 60. */
  timeout?: number;
  /** What to do while the connection is lost: wait for it to come back, or `"fail"` at once. Default: `"wait"`. */
  whenDisconnected?: "wait" | "fail";
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
