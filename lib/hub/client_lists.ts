import { type ClientList, encodeClientList } from "../protocol/client_list.ts";
import type { Roster } from "./roster.ts";

/** For how long, in ms, an answer is given again: by so much may be out of date when clients were last heard of. */
const MAX_AGE_MS = 100;

/** An answer to who is there. */
export interface ListAnswer {
  /** The JSON text of its content. */
  readonly contentJson: string;
  /** How many clients there are. */
  readonly count: number;
}

interface KeptAnswer extends ListAnswer {
  readonly limit: number;
  readonly changes: number;
  readonly at: number;
}

/** Tells who is known, or online. Of thousands that takes long: while nobody comes or goes, an answer is given again. */
export class ClientLists {
  readonly #roster: Roster;
  readonly #kept = new Map<boolean, KeptAnswer>();

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** The answer, of about `limit` bytes at most. */
  answer(onlyShowOnline: boolean, limit: number): ListAnswer {
    const { changes } = this.#roster;
    const now = performance.now();
    const kept = this.#kept.get(onlyShowOnline);
    if (kept?.changes === changes && kept.limit === limit && now - kept.at < MAX_AGE_MS) return kept;
    const list = this.list(onlyShowOnline);
    const answer = { contentJson: encodeClientList(list, limit), count: list.totalCount, limit, changes, at: now };
    this.#kept.set(onlyShowOnline, answer);
    return answer;
  }

  /** The clients that the hub knows, or those of them that are online, who may be few among many. */
  list(onlyShowOnline: boolean): ClientList {
    const roster = this.#roster;
    const clients: ClientList["clients"] = [];
    for (const { id, lastSeen, loginTime } of onlyShowOnline ? roster.online() : roster.known()) {
      const status = onlyShowOnline || roster.isOnline(id) ? "online" : "offline";
      clients.push({ clientId: id, status, lastHeartbeat: lastSeen, loginTime });
    }
    return { clients, totalCount: clients.length, onlyShowOnline };
  }
}
