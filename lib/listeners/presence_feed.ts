import type { PresenceChange, PresenceReport } from "../protocol/presence.ts";
import { Feed } from "./feed.ts";

/** Which other clients are online, and each that comes or goes. */
export class PresenceFeed {
  readonly #ownId: string;
  readonly #feed = new Feed<PresenceChange>(() => {}); // who follows later begins with those that are online then
  readonly #online = new Set<string>();
  /** Those that were online in an earlier session, and of which this one has said nothing yet. */
  #unconfirmed = new Set<string>();

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  /** The hub begins anew, with all that are online. */
  begin(): void {
    this.#unconfirmed = new Set(this.#online);
  }

  /** Takes what the hub tells, which may be what is known. */
  take({ clients, more }: PresenceReport): void {
    for (const change of clients) {
      this.#unconfirmed.delete(change.clientId);
      this.#turn(change);
    }
    if (more) return;
    for (const clientId of this.#unconfirmed) this.#turn({ clientId, status: "offline" });
    this.#unconfirmed.clear();
  }

  /** Those that are online, and from then on each change. */
  follow(): AsyncIterableIterator<PresenceChange, undefined> {
    return this.#feed.follow([...this.#online].map((clientId) => ({ clientId, status: "online" })));
  }

  /** Nothing more will be told. */
  end(): void {
    this.#online.clear();
    this.#feed.end();
  }

  #turn(change: PresenceChange): void {
    const { clientId, status } = change;
    if (clientId === this.#ownId || (status === "online") === this.#online.has(clientId)) return;
    if (status === "online") this.#online.add(clientId);
    else this.#online.delete(clientId);
    this.#feed.push(change);
  }
}
