import type { PresenceChange } from "../protocol/presence.ts";
import type { ResumableSession } from "./resumable_session.ts";
import type { KnownClient, Session } from "./session.ts";

/** How many clients are remembered. Those beyond that are forgotten, who have not logged in for the longest time. */
const MAX_KNOWN = 100_000;
/** One address may make one of so many parts of them known: beyond that its own are forgotten first. */
const ADDRESS_SHARES = 4;

/** Who is known to the hub, and on which session each of them is. */
export class Roster {
  readonly #known = new Map<string, KnownClient>();
  /** The ids of those that have logged in since the hub started, in the same order, by where they first came from. */
  readonly #idsFrom = new Map<string, Set<string>>();
  readonly #sessions = new Map<string, Session>();
  /** Those whose clients want to be told who comes online and who goes offline. */
  readonly #watchers = new Set<ResumableSession>();
  readonly #onChange: () => void;
  #changes = 0;
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

  /** The client of that id, from now on known. `address` is where it comes from. */
  client(id: string, address?: string): KnownClient {
    let client = this.#known.get(id);
    if (client === undefined) {
      client = { id, lastSeen: now(), loginTime: null };
      this.#makeRoom(address);
      this.#known.set(id, client);
    }
    client.address ??= address;
    return client;
  }

  /** Makes room for one more from there. */
  #makeRoom(address: string | undefined): void {
    const own = address === undefined ? undefined : this.#idsFrom.get(address);
    if (own !== undefined && own.size >= this.#maxKnown / ADDRESS_SHARES) this.#forgetFrom(own);
    this.#forgetFrom(this.#known);
  }

  /** Forgets the first of these that have no session, until there is room. */
  #forgetFrom(clients: Pick<Set<string>, "size" | "keys">): void {
    let left = clients.size;
    for (const id of clients.keys()) {
      if (this.#known.size < this.#maxKnown || left-- === 0) return;
      const client = this.#known.get(id)!;
      if (this.#sessions.has(id)) this.#putLast(client); // or it would be passed by each time
      else this.#forget(client);
    }
  }

  #forget({ id, address = "" }: KnownClient): void {
    this.#known.delete(id);
    const ids = this.#idsFrom.get(address);
    if (ids?.delete(id) && ids.size === 0) this.#idsFrom.delete(address);
  }

  #putLast(client: KnownClient): void {
    const { id, address } = client;
    this.#known.delete(id);
    this.#known.set(id, client);
    if (address === undefined) return;
    const ids = this.#idsFrom.get(address) ?? new Set();
    this.#idsFrom.set(address, ids);
    ids.delete(id);
    ids.add(id);
  }

  /** How often a client has come online or gone offline. */
  get changes(): number {
    return this.#changes;
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

  /** Where the client of that id comes from, as far as is known. */
  addressOf(id: string): string | undefined {
    return this.#known.get(id)?.address;
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
    this.#putLast(client);
    this.#sessions.set(client.id, session);
    this.#changed(session);
  }

  /** How many are told who comes and goes. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Has a client told who is online, which is how many, and from now on who comes and goes. */
  watch(watcher: ResumableSession): number {
    this.#watchers.add(watcher);
    const online: PresenceChange[] = Array.from(this.online(), ({ id }) => ({ clientId: id, status: "online" }));
    watcher.sees(online);
    return online.length;
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
    this.#changes++;
    this.#onChange();
    const change: PresenceChange = { clientId: id, status: online ? "online" : "offline" };
    for (const watcher of this.#watchers) watcher.sees([change]);
  }
}

/** The time as the wire has it: seconds since 1970. */
function now(): number {
  return Date.now() / 1000;
}
