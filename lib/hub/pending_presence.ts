import type { PresenceChange, PresenceReport } from "../protocol/presence.ts";

/** What one entry takes at most, in bytes: an id of 256 characters, and what stands around it. */
const ENTRY_BYTES = 3 * 256 + 64;

/** What it costs to hold one, in characters. */
const COST = 64;

/** Who has come online or gone offline, until a client is told: of each the latest. */
export class PendingPresence {
  readonly #statuses = new Map<string, PresenceChange["status"]>();

  /** How many there are. */
  get count(): number {
    return this.#statuses.size;
  }

  /** What it costs to hold them, in characters. */
  get cost(): number {
    return this.#statuses.size * COST;
  }

  add({ clientId, status }: PresenceChange): void {
    this.#statuses.set(clientId, status);
  }

  /** What fits into about so many bytes, at least one of them; they are told from then on. */
  take(maxBytes: number): PresenceReport {
    const room = Math.max(1, Math.floor(maxBytes / ENTRY_BYTES));
    const clients: PresenceChange[] = [];
    for (const [clientId, status] of this.#statuses) {
      if (clients.length === room) break;
      clients.push({ clientId, status });
      this.#statuses.delete(clientId);
    }
    return { clients, more: this.#statuses.size > 0 };
  }
}
