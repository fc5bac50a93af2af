/** What a peer writes down. `name` is that of a message, which no other message of the same sender has. */
export type Entry =
  | { what: "ready" | "done" }
  | { what: "sent"; to: string; name: string }
  | { what: "receipt"; to: string; name: string; status: string }
  | { what: "rejected"; to: string; name: string; code: string }
  | { what: "heard"; from: string; name: string };

/** The codes that say that a message may have arrived all the same. */
const MAY_HAVE_ARRIVED: ReadonlySet<string> = new Set(["TIMEOUT", "UNCONFIRMED"]);

/** What has become of a message. */
interface Record {
  from: string;
  to: string;
  name: string;
  /** Its place among all that its sender has sent. */
  place: number;
  receipt?: string;
  rejected?: string;
  /** In which lives of its addressee it was heard. */
  heardIn: string[];
}

/** What the books say in the end. */
export interface Verdict {
  sent: number;
  receipts: { [status: string]: number };
  rejected: { [code: string]: number };
  /** Neither receipted nor rejected, though their sender lives. */
  silent: string[];
  /** Neither receipted nor rejected, for their sender was killed. */
  senderKilled: number;
  /** Receipted, and never heard. */
  missing: string[];
  /** Heard twice in one life of the addressee. */
  twice: string[];
  /** Heard again in a later life, for the one before was killed before it could say that it had it. */
  againAfterKill: number;
  /** Heard after a later one of the same sender. */
  disordered: string[];
  /** Said to have failed, and heard all the same. */
  falselyRejected: string[];
}

/** Keeps books of every message. */
export class Ledger {
  readonly #records = new Map<string, Record>();
  readonly #sentBy = new Map<string, number>();
  /** For each life of an addressee, and each sender: the names heard, in order. */
  readonly #heard = new Map<string, Record[]>();

  /** Takes what a peer writes down; `life` is one run of its process. */
  take(peer: string, life: string, entry: Entry): void {
    if (entry.what === "sent") {
      const place = (this.#sentBy.get(peer) ?? 0) + 1;
      this.#sentBy.set(peer, place);
      this.#records.set(`${peer}/${entry.name}`, { from: peer, to: entry.to, name: entry.name, place, heardIn: [] });
    } else if (entry.what === "receipt") {
      this.#records.get(`${peer}/${entry.name}`)!.receipt = entry.status;
    } else if (entry.what === "rejected") {
      this.#records.get(`${peer}/${entry.name}`)!.rejected = entry.code;
    } else if (entry.what === "heard") {
      const record = this.#records.get(`${entry.from}/${entry.name}`);
      if (record === undefined) throw new Error(`${peer} heard what nobody has sent: ${entry.name}`);
      record.heardIn.push(life);
      const key = `${life} ${record.from}`;
      const before = this.#heard.get(key);
      if (before === undefined) this.#heard.set(key, [record]);
      else before.push(record);
    }
  }

  /** How many messages have been receipted and not been heard so far. */
  get outstanding(): number {
    let count = 0;
    for (const { receipt, heardIn } of this.#records.values()) {
      if (receipt !== undefined && heardIn.length === 0) count++;
    }
    return count;
  }

  /** Judges. `isAlive` tells whether a life of a peer has lasted to the end. */
  close(isAlive: (life: string) => boolean): Verdict {
    const verdict: Verdict = {
      ...{ sent: this.#records.size, receipts: {}, rejected: {}, silent: [], senderKilled: 0, missing: [] },
      ...{ twice: [], againAfterKill: 0, disordered: [], falselyRejected: [] },
    };
    for (const record of this.#records.values()) {
      const { from, to, name, receipt, rejected, heardIn } = record;
      const label = `${name} from ${from} to ${to}`;
      if (receipt !== undefined) count(verdict.receipts, receipt);
      if (rejected !== undefined) count(verdict.rejected, rejected);
      if (receipt !== undefined && heardIn.length === 0) verdict.missing.push(`${label} (${receipt})`);
      const isDefinite = rejected !== undefined && !MAY_HAVE_ARRIVED.has(rejected);
      if (isDefinite && heardIn.length > 0) verdict.falselyRejected.push(label);
      if (receipt === undefined && rejected === undefined) {
        if (isAlive(`${from} ${name.split(".")[0]}`)) verdict.silent.push(label);
        else verdict.senderKilled++;
      }
      const lives = new Set(heardIn);
      if (lives.size < heardIn.length) verdict.twice.push(label);
      verdict.againAfterKill += Math.max(lives.size - 1, 0);
    }
    for (const records of this.#heard.values()) {
      let highest = 0;
      for (const { place, name, from, to } of records) {
        if (place < highest) verdict.disordered.push(`${name} from ${from} to ${to}`);
        highest = Math.max(highest, place);
      }
    }
    return verdict;
  }
}

function count(counts: { [key: string]: number }, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
