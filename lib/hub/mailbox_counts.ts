/** How much waits for a client. */
export interface MailboxCount {
  messages: number;
  bytes: number;
}

const NOTHING: Readonly<MailboxCount> = { messages: 0, bytes: 0 };

/** How much waits for whom, in memory. */
export class MailboxCounts {
  readonly #boxes = new Map<string, MailboxCount>();
  #bytes = 0;

  /** How many bytes wait in all. */
  get bytes(): number {
    return this.#bytes;
  }

  of(clientId: string): Readonly<MailboxCount> {
    return this.#boxes.get(clientId) ?? NOTHING;
  }

  /** Counts messages that came, or with numbers below 0 such that went. */
  add(clientId: string, messages: number, bytes: number): void {
    this.#bytes += bytes;
    const before = this.of(clientId);
    const after = { messages: before.messages + messages, bytes: before.bytes + bytes };
    if (after.messages > 0) this.#boxes.set(clientId, after);
    else this.#boxes.delete(clientId);
  }

  /** Starts anew. */
  replace(boxes: Iterable<MailboxCount & { clientId: string }>): void {
    this.#boxes.clear();
    this.#bytes = 0;
    for (const { clientId, messages, bytes } of boxes) this.add(clientId, messages, bytes);
  }
}
