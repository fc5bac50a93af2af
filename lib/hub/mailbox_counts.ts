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

const NOTHING: Readonly<MailboxCount> = { messages: 0, bytes: 0 };

/** How much waits for whom and from whom, in memory. */
export class MailboxCounts {
  readonly #boxes = new Map<string, MailboxCount>();
  /** How many bytes wait, by who sent them. */
  readonly #senders = new Map<string, number>();
  #bytes = 0;

  /** How many bytes wait in all. */
  get bytes(): number {
    return this.#bytes;
  }

  of(clientId: string): Readonly<MailboxCount> {
    return this.#boxes.get(clientId) ?? NOTHING;
  }

  /** How many bytes wait that a client has sent, whoever they are for. */
  bytesFrom(clientId: string): number {
    return this.#senders.get(clientId) ?? 0;
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
    this.#bytes = 0;
    for (const { clientId, messages, bytes } of boxes) {
      this.#boxes.set(clientId, { messages, bytes });
      this.#bytes += bytes;
    }
    for (const { fromClientId, bytes } of senders) this.#senders.set(fromClientId, bytes);
  }

  #count({ clientId, fromClientId, bytes }: CountedLetter, sign: 1 | -1): void {
    const more = sign * bytes;
    this.#bytes += more;
    const before = this.of(clientId);
    const after = { messages: before.messages + sign, bytes: before.bytes + more };
    if (after.messages > 0) this.#boxes.set(clientId, after);
    else this.#boxes.delete(clientId);
    const sent = this.bytesFrom(fromClientId) + more;
    if (sent > 0) this.#senders.set(fromClientId, sent);
    else this.#senders.delete(fromClientId);
  }
}
