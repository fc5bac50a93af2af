/** How much waits. */
export interface MailboxCount {
  messages: number;
  bytes: number;
}

/** What of a letter is counted. */
export interface CountedLetter {
  clientId: string;
  fromClientId: string;
  bytes: number;
}

/** Where a client comes from, as far as is known. */
export type OriginOf = (clientId: string) => string | undefined;

/** What is counted by sender, or by where senders come from. */
type Tally = Map<string, MailboxCount>;

/** What waits for one client, or for all together. */
class Box {
  readonly count: MailboxCount = { messages: 0, bytes: 0 };
  readonly senders: Tally = new Map();
  readonly origins: Tally = new Map();
}

/** How much of what waits is from a sender, and from where that comes from, its own included. */
export interface Shares {
  sender: Readonly<MailboxCount>;
  origin: Readonly<MailboxCount>;
}

const NOTHING: Readonly<MailboxCount> = { messages: 0, bytes: 0 };

/** How much waits for whom and from whom, in memory. */
export class MailboxCounts {
  readonly #boxes = new Map<string, Box>();
  readonly #originOf: OriginOf;
  /** Where each sender comes from: the same for all that it sends, as long as any of it waits. */
  readonly #origins = new Map<string, string>();
  #all = new Box();

  constructor(originOf: OriginOf = () => undefined) {
    this.#originOf = originOf;
  }

  /** How much waits in all. */
  get all(): Readonly<MailboxCount> {
    return this.#all.count;
  }

  of(clientId: string): Readonly<MailboxCount> {
    return this.#boxes.get(clientId)?.count ?? NOTHING;
  }

  /** How much of what waits for a client is a sender's, or of all that waits. */
  sharesOf(fromClientId: string, clientId?: string): Shares {
    const origin = this.#origin(fromClientId);
    const box = clientId === undefined ? this.#all : this.#boxes.get(clientId);
    const sender = box?.senders.get(fromClientId) ?? NOTHING;
    return { sender, origin: origin === undefined ? sender : box?.origins.get(origin) ?? NOTHING };
  }

  add(letter: CountedLetter): void {
    this.#count(letter, 1, letter.bytes);
  }

  remove(letter: CountedLetter): void {
    this.#count(letter, -1, -letter.bytes);
  }

  /** Starts anew. */
  replace(pairs: Iterable<CountedLetter & MailboxCount>): void {
    this.#boxes.clear();
    this.#origins.clear();
    this.#all = new Box();
    for (const pair of pairs) this.#count(pair, pair.messages, pair.bytes);
  }

  #count({ clientId, fromClientId }: CountedLetter, messages: number, bytes: number): void {
    const origin = this.#origin(fromClientId);
    if (origin !== undefined) this.#origins.set(fromClientId, origin);
    const box = this.#boxes.get(clientId) ?? new Box();
    this.#boxes.set(clientId, box);
    for (const { count, senders, origins } of [box, this.#all]) {
      count.messages += messages;
      count.bytes += bytes;
      change(senders, fromClientId, messages, bytes);
      if (origin !== undefined) change(origins, origin, messages, bytes);
    }
    if (box.count.messages <= 0) this.#boxes.delete(clientId);
    if (!this.#all.senders.has(fromClientId)) this.#origins.delete(fromClientId);
  }

  /** Where a sender comes from. What waits from an earlier run gets its origin when the sender is there again. */
  #origin(fromClientId: string): string | undefined {
    const known = this.#origins.get(fromClientId);
    if (known !== undefined) return known;
    const origin = this.#originOf(fromClientId);
    if (origin === undefined) return undefined;
    if (this.#all.senders.has(fromClientId)) this.#bring(fromClientId, origin);
    return origin;
  }

  #bring(fromClientId: string, origin: string): void {
    this.#origins.set(fromClientId, origin);
    for (const { senders, origins } of [...this.#boxes.values(), this.#all]) {
      const sent = senders.get(fromClientId);
      if (sent !== undefined) change(origins, origin, sent.messages, sent.bytes);
    }
  }
}

function change(tally: Tally, key: string, messages: number, bytes: number): void {
  const count = tally.get(key) ?? { messages: 0, bytes: 0 };
  count.messages += messages;
  count.bytes += bytes;
  if (count.messages > 0) tally.set(key, count);
  else tally.delete(key);
}
