import { getLogger } from "@logtape/logtape";
import type { Listeners } from "../listeners/listeners.ts";
import type { ClientList } from "../protocol/client_list.ts";
import { encodeContent } from "../protocol/content.ts";
import { type Envelope, readEnvelope, writeEnvelope } from "../protocol/envelope.ts";
import { ALL_CLIENTS, makeMessageId, SERVER_ID } from "../protocol/ids.ts";
import type { Item } from "../protocol/item.ts";
import type { StorageGrant } from "../protocol/login.ts";
import type { CommMsgType } from "../protocol/message_types.ts";
import { ClientsFile } from "./clients_file.ts";
import { Connection } from "./connection.ts";
import { Roster } from "./roster.ts";
import type { Session, SessionFailure, Transport } from "./session.ts";

const log = getLogger(["crosscomm", "hub"]);

/** What a hub is set to. Times are in seconds. */
export interface HubSettings {
  /** How often clients promise to be heard of. */
  heartbeatInterval: number;
  /** After how long a silence a client counts as offline. */
  heartbeatTimeout: number;
  /** The path of the clients file. */
  clientsFile: string;
  /** How many bytes may wait for a client that does not read. */
  bufferLimit: number;
  /** Lends a client an access key to the hub's store; `undefined` where there is none. */
  grantStorage?: (clientId: string) => StorageGrant | undefined;
}

/** Why a message did not get to a client. */
export type DeliveryFailure = SessionFailure | "unknown" | "offline";

/** Whom a message got to. */
export interface Delivery {
  readonly msgId: string;
  /** On how many clients' wires it is. */
  reached: number;
  readonly failures: { clientId: string; why: DeliveryFailure }[];
}

/** The middle of the star: knows who is connected, and passes on what each sends to those it is for. */
export class Hub {
  readonly listeners: Listeners;
  readonly roster: Roster = new Roster(() => this.#clientsFile.changed());
  readonly settings: HubSettings;
  readonly #clientsFile: ClientsFile;
  readonly #connections = new Set<Connection>();
  #stopping = false;
  #sweep: ReturnType<typeof setInterval> | undefined;

  /** `listeners` are the hub's own. */
  constructor(settings: HubSettings, listeners: Listeners) {
    this.settings = settings;
    this.listeners = listeners;
    this.#clientsFile = new ClientsFile(settings.clientsFile, () => this.#clientsFileEntries());
  }

  /** Remembers what the clients file holds, and begins to watch for silence. */
  async start(): Promise<void> {
    this.roster.remember(await this.#clientsFile.load());
    const { heartbeatInterval, heartbeatTimeout } = this.settings;
    // A quarter of the shorter one: silence is noticed soon after its time, and looking costs next to nothing.
    this.#sweep = setInterval(() => this.#markSilent(), Math.min(heartbeatInterval, heartbeatTimeout) * 250);
  }

  /** Ends every connection and writes the clients file. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const callers = this.listeners.callers();
    clearInterval(this.#sweep);
    for (const connection of this.#connections) this.#turnAway(connection);
    await this.#clientsFile.flush();
    this.listeners.endStreams();
    await this.listeners.idle(callers);
  }

  /** Takes a connection; what it receives goes to the result. */
  connect(transport: Transport, _peer: { token?: string; address?: string } = {}): Connection {
    const connection = new Connection(this, transport, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    if (this.#stopping) this.#turnAway(connection);
    return connection;
  }

  #turnAway(connection: Connection): void {
    connection.end(4000, "the hub is stopping");
  }

  /** Passes a message on to those it is for, its sender excepted. */
  route(envelope: Envelope, sender?: Session): Delivery {
    const { toClientId, item, msgId } = envelope;
    const delivery: Delivery = { msgId, reached: 0, failures: [] };
    if (toClientId === ALL_CLIENTS) {
      for (const session of this.roster.sessions()) {
        if (session !== sender && session.online) this.#deliver(session, item, delivery);
      }
    } else if (toClientId !== SERVER_ID) {
      const session = this.roster.session(toClientId);
      if (session?.online) this.#deliver(session, item, delivery);
      else {delivery.failures.push({
          clientId: toClientId,
          why: this.roster.isKnown(toClientId) ? "offline" : "unknown",
        });}
    }
    if (toClientId === ALL_CLIENTS || toClientId === SERVER_ID) this.listeners.dispatch(envelope);
    return delivery;
  }

  /** Sends a message of the hub's own. */
  send(content: unknown, msgType: CommMsgType, toClientId: string, ossKey?: string): Delivery {
    const delivery = this.route(readEnvelope(writeEnvelope({
      msgId: makeMessageId(SERVER_ID),
      fromClientId: SERVER_ID,
      toClientId,
      msgType,
      contentJson: encodeContent(msgType, content),
      ossKey,
    })));
    if (delivery.failures.length > 0) log.warn("The hub's own message {failures}", { failures: failuresOf(delivery) });
    return delivery;
  }

  /** The ids of the clients that are online. */
  onlineClients(): string[] {
    return [...this.roster.sessions()].filter((session) => session.online).map((session) => session.client.id);
  }

  /** The clients that the hub knows, or those of them that are online. */
  clientList(onlyShowOnline: boolean): ClientList {
    const clients: ClientList["clients"] = [];
    for (const { id, lastSeen, loginTime } of this.roster.known()) {
      const online = this.roster.isOnline(id);
      if (onlyShowOnline && !online) continue;
      clients.push({ clientId: id, status: online ? "online" : "offline", lastHeartbeat: lastSeen, loginTime });
    }
    return { clients, totalCount: clients.length, onlyShowOnline };
  }

  #deliver(session: Session, item: Item, delivery: Delivery): void {
    const why = session.deliver(item);
    if (why === undefined) {
      delivery.reached++;
      return;
    }
    const clientId = session.client.id;
    delivery.failures.push({ clientId, why });
    if (why === "too slow") {
      log.warn("{clientId} does not read what it is sent: it is disconnected", { clientId });
      // Its socket may never close, for it is not being read. What counts is that nothing more is put into it.
      session.end(4001, "what was sent before has not been read");
    }
  }

  #markSilent(): void {
    for (const { client } of this.roster.silence(this.settings.heartbeatTimeout)) {
      log.warn("{clientId} has not been heard of for {heartbeatTimeout} s: it is offline until it is", {
        clientId: client.id,
        heartbeatTimeout: this.settings.heartbeatTimeout,
      });
    }
  }

  #clientsFileEntries() {
    const entries = [...this.roster.known()].map(({ id, lastSeen }) =>
      [id, { status: this.roster.isOnline(id) ? "online" : "offline", last_seen: lastSeen }] as const
    );
    return Object.fromEntries(entries);
  }
}

/** How many of those that a message did not get to are named. */
const MAX_NAMED = 3;

/** Says whom a message did not get to. */
export function failuresOf({ failures }: Delivery): string {
  const named = failures.slice(0, MAX_NAMED).map(({ clientId, why }) => `${clientId} (${why})`).join(", ");
  const more = failures.length > MAX_NAMED ? ` and ${failures.length - MAX_NAMED} more` : "";
  return `did not get to ${named}${more}`;
}
