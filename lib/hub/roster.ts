import type { PresenceChange } from "../protocol/presence.ts";
import type { ResumableSession } from "./resumable_session.ts";
import type { KnownClient, Session } from "./session.ts";

/** How many clients are remembered. Those beyond that are forgotten, who have not logged in for the longest time. */
const MAX_KNOWN = 100_000;

/** Who is known to the hub, and on which session each of them is. */
export class Roster {
  readonly #known = new Map<string, KnownClient>();
  readonly #sessions = new Map<string, Session>();
  /** Those whose clients want to be told who comes online and who goes offline. */
  readonly #watchers = new Set<ResumableSession>();
  readonly #onChange: () => void;
  readonly #maxKnown: number;

  /** `onChange` hears of everything that the clients file should say. */
  constructor(onChange: () => void, maxKnown: number = MAX_KNOWN) {
    this.#onChange = onChange;
    this.#maxKnown = maxKnown;
  }

  /** Knows these clients from now on. */
  remember(clients: Iterable<KnownClient>): void {
    for (const client of clients) this.#known.set(client.id, client);
  }

  /** The client of that id, from now on known. */
  client(id: string): KnownClient {
    let client = this.#known.get(id);
    if (client === undefined) {
      client = { id, lastSeen: now(), loginTime: null };
      this.#forget();
      this.#known.set(id, client);
    }
    return client;
  }

  /** Makes room for one more. */
  #forget(): void {
    for (const id of this.#known.keys()) {
      if (this.#known.size < this.#maxKnown) return;
      if (!this.#sessions.has(id)) this.#known.delete(id);
    }
  }

  known(): Iterable<KnownClient> {
    return this.#known.values();
  }

  *online(): Generator<KnownClient, void> {
    for (const { client, online } of this.#sessions.values()) if (online) yield client;
  }

  isKnown(id: string): boolean {
    return this.#known.has(id);
  }

  isOnline(id: string): boolean {
    return this.#sessions.get(id)?.online === true;
  }

  sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** The session that the client of that id is on, silent or not. */
  session(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Puts a client on a session, in place of the one it was on. */
  enter(session: Session): void {
    const { client } = session;
    client.loginTime = client.lastSeen = now();
    this.#known.delete(client.id); // the latest stands last
    this.#known.set(client.id, client);
    this.#sessions.set(client.id, session);
    this.#changed(session);
  }

  /** Has a client told who is online, and from now on who comes and goes. */
  watch(watcher: ResumableSession): void {
    this.#watchers.add(watcher);
    watcher.sees(Array.from(this.online(), ({ id }) => ({ clientId: id, status: "online" })));
  }

  /** Tells nobody any more who comes and goes. */
  endWatches(): void {
    this.#watchers.clear();
  }

  /** Ends a session. False where its client has moved on to another one. */
  leave(session: Session): boolean {
    this.#watchers.delete(session as ResumableSession);
    if (this.#sessions.get(session.client.id) !== session) return false;
    this.#sessions.delete(session.client.id);
    if (session.online) this.#turnOffline(session);
    return true;
  }

  /** Takes note that a session has lost its connection; it may come back. */
  detach(session: Session): void {
    if (session.online) this.#turnOffline(session);
  }

  /** Takes note of a sign of life. True where it ends a silence. */
  heard(session: Session): boolean {
    session.client.lastSeen = now();
    session.heardAt = performance.now();
    if (session.online) return false;
    session.online = true;
    this.#changed(session);
    return true;
  }

  /** Marks those offline that have been silent for longer than `timeout` seconds, and returns them. */
  silence(timeout: number): Session[] {
    const deadline = performance.now() - timeout * 1000;
    const silent: Session[] = [];
    for (const session of this.#sessions.values()) {
      if (!session.online || session.heardAt >= deadline) continue;
      this.#turnOffline(session);
      silent.push(session);
    }
    return silent;
  }

  #turnOffline(session: Session): void {
    session.online = false;
    this.#changed(session);
  }

  /** A client has come online, or gone offline. */
  #changed({ client: { id }, online }: Session): void {
    this.#onChange();
    const change: PresenceChange = { clientId: id, status: online ? "online" : "offline" };
    for (const watcher of this.#watchers) watcher.sees([change]);
  }
}

/** The time as the wire has it: seconds since 1970. */
function now(): number {
  return Date.now() / 1000;
}
