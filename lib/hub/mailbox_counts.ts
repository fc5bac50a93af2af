/** How much waits for a client. */
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

interface SentCount {
  bytes: number;
  /** Where the sender comes from: the same for all that it sends, as long as any of it waits. */
  origin: string | undefined;
}

const NOTHING: Readonly<MailboxCount> = { messages: 0, bytes: 0 };

/** How much waits for whom and from whom, in memory. */
export class MailboxCounts {
  readonly #boxes = new Map<string, MailboxCount>();
  readonly #senders = new Map<string, SentCount>();
  /** How many bytes wait, by where they come from. */
  readonly #origins = new Map<string, number>();
  readonly #originOf: OriginOf;
  #bytes = 0;

  constructor(originOf: OriginOf = () => undefined) {
    this.#originOf = originOf;
  }

  /** How many bytes wait in all. */
  get bytes(): number {
    return this.#bytes;
  }

  of(clientId: string): Readonly<MailboxCount> {
    return this.#boxes.get(clientId) ?? NOTHING;
  }

  /** How many bytes wait that a client has sent, whoever they are for. */
  bytesFrom(clientId: string): number {
    return this.#senders.get(clientId)?.bytes ?? 0;
  }

  /** How many bytes wait that come from where a client comes from, its own included. */
  bytesFromOriginOf(clientId: string): number {
    const { origin, bytes } = this.#sender(clientId);
    return origin === undefined ? bytes : this.#origins.get(origin) ?? 0;
  }

  add(letter: CountedLetter): void {
    this.#count(letter, 1);
  }

  remove(letter: CountedLetter): void {
    this.#count(letter, -1);
  }

  /** Starts anew. */
  replace(
    boxes: Iterable<MailboxCount & { clientId: string }>,
    senders: Iterable<{ fromClientId: string; bytes: number }>,
  ): void {
    this.#boxes.clear();
    this.#senders.clear();
    this.#origins.clear();
    this.#bytes = 0;
    for (const { clientId, messages, bytes } of boxes) {
      this.#boxes.set(clientId, { messages, bytes });
      this.#bytes += bytes;
    }
    for (const { fromClientId, bytes } of senders) this.#countSent(fromClientId, bytes);
  }

  #count({ clientId, fromClientId, bytes }: CountedLetter, sign: 1 | -1): void {
    const more = sign * bytes;
    this.#bytes += more;
    const before = this.of(clientId);
    const after = { messages: before.messages + sign, bytes: before.bytes + more };
    if (after.messages > 0) this.#boxes.set(clientId, after);
    else this.#boxes.delete(clientId);
    this.#countSent(fromClientId, more);
  }

  #countSent(clientId: string, more: number): void {
    const sender = this.#sender(clientId);
    sender.bytes += more;
    if (sender.bytes > 0) this.#senders.set(clientId, sender);
    else this.#senders.delete(clientId);
    this.#countOrigin(sender.origin, more);
  }

  #countOrigin(origin: string | undefined, more: number): void {
    if (origin === undefined) return;
    const bytes = (this.#origins.get(origin) ?? 0) + more;
    if (bytes > 0) this.#origins.set(origin, bytes);
    else this.#origins.delete(origin);
  }

  /** What is counted of a sender. What waits from an earlier run gets its origin when the sender is there again. */
  #sender(clientId: string): SentCount {
    const sender = this.#senders.get(clientId) ?? { bytes: 0, origin: undefined };
    if (sender.origin === undefined) {
      sender.origin = this.#originOf(clientId);
      this.#countOrigin(sender.origin, sender.bytes);
    }
    return sender;
  }
}
