import { type CommMsgType, CrossCommClient } from "../../client.ts";
import { CrossCommServer, readStorageSettings } from "../../server.ts";
import { Inbox } from "./inbox.ts";
import type { Match, Received, Talker } from "./talker.ts";

export interface OurClientOptions {
  port: number;
  clientId: string;
  /** In seconds. */
  heartbeatInterval?: number;
}

/** Our client, in the words that the tests share. */
export class OurPeer implements Talker {
  readonly client: CrossCommClient;
  readonly clientId: string;
  readonly #messages = new Inbox<Received>();

  static async start(options: OurClientOptions): Promise<OurPeer> {
    const peer = new OurPeer(options);
    try {
      await peer.client.login();
      return peer;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(options: OurClientOptions) {
    this.clientId = options.clientId;
    this.client = new CrossCommClient({ ip: "127.0.0.1", ...options });
    this.client.messageListener({})((message) => this.#messages.push(message));
  }

  async send(content: unknown, msgType: string, toClientId = "all"): Promise<void> {
    // What each type takes is for the unit tests; here the wire decides.
    await this.client.sendMessage(content as string, msgType as typeof CommMsgType.TEXT, { toClientId });
  }

  received(match: Match): Promise<Received> {
    return this.#messages.take(matcher(match));
  }

  receivedUpTo(match: Match): Promise<Received[]> {
    return this.#messages.takeUpTo(matcher(match));
  }

  async listed(onlyShowOnline: boolean): Promise<Record<string, string>> {
    const { clients } = await this.client.listClients({ onlyShowOnline });
    return Object.fromEntries(clients.map(({ clientId, status }) => [clientId, status]));
  }

  async logout(): Promise<void> {
    await this.client.logout();
  }

  async [Symbol.asyncDispose]() {
    await this.client.stop();
  }
}

/** Starts our client and logs it in. */
export function ourTalker(port: number, clientId: string): Promise<OurPeer> {
  return OurPeer.start({ port, clientId });
}

export interface OurHubOptions {
  /** In seconds. */
  heartbeatInterval?: number;
  heartbeatTimeout?: number;
  /** What the clients file holds at the start. */
  clientsFile?: string;
}

/** Our hub on a free port, with a clients file of its own. */
export class OurHub implements AsyncDisposable {
  readonly server: CrossCommServer;
  readonly clientsFile: string;
  readonly #directory: string;

  static async start(options: OurHubOptions = {}): Promise<OurHub> {
    const directory = await Deno.makeTempDir({ prefix: "crosscomm-interop-" });
    const { clientsFile: entries, ...settings } = options;
    const clientsFile = `${directory}/cross_comm_clients.yaml`;
    if (entries !== undefined) await Deno.writeTextFile(clientsFile, entries);
    const server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile, ...settings });
    const hub = new OurHub(server, clientsFile, directory);
    try {
      await server.startServer();
      return hub;
    } catch (error) {
      await hub[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(server: CrossCommServer, clientsFile: string, directory: string) {
    this.server = server;
    this.clientsFile = clientsFile;
    this.#directory = directory;
  }

  get port(): number {
    return this.server.addr.port;
  }

  /** The settings that `crosscomm storage` prints for programs in other languages. */
  async storage(): Promise<Record<string, string>> {
    const settings = await readStorageSettings(`${this.#directory}/cross_comm_store`, "127.0.0.1", this.port);
    return {
      OSS_ENDPOINT: settings.endpoint,
      OSS_BUCKET_NAME: settings.bucket,
      OSS_ACCESS_KEY_ID: settings.accessKeyId,
      OSS_ACCESS_KEY_SECRET: settings.accessKeySecret,
    };
  }

  async [Symbol.asyncDispose]() {
    await this.server.stop();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

function matcher(match: Match): (message: Received) => boolean {
  return typeof match === "function" ? match : ({ msgType }) => msgType === match;
}
