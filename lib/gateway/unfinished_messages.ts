/** Up to this size, in bytes, the beginning of a message does not count: one read brings as much, and a stranger may send it. */
const UNCOUNTED_BYTES = 64 * 1024;
/** How long, in ms, senders wait until one of the messages becomes whole. */
const PATIENCE_MS = 5_000;

/** Who sends a message. */
export interface MessageSender {
  /** Where it comes from, where that is known. */
  readonly address: string | undefined;
  /** Nothing is read from it until `resume`. */
  pause(): void;
  resume(): void;
  /** What has come of its message is dropped, and its connection ends. */
  giveUp(): void;
}

interface Beginning {
  bytes: number;
  isPaused: boolean;
}

/**
 * What has come of messages that are not whole, on all connections together. While that is more than its bound, only the
 * message that began first is read on, so that each gets its turn. Where none becomes whole, those go that began first
 * from the address that holds most, until half is free: who leaves messages unfinished costs itself.
 */
export class UnfinishedMessages implements Disposable {
  readonly #limit: number;
  readonly #patienceMs: number;
  /** Those that began first stand first. */
  readonly #beginnings = new Map<MessageSender, Beginning>();
  #bytes = 0;
  #paused = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limit: number, patienceMs: number = PATIENCE_MS) {
    this.#limit = limit;
    this.#patienceMs = patienceMs;
  }

  /** So many bytes have come of the message that a sender has not finished. */
  hold(sender: MessageSender, bytes: number): void {
    const beginning = this.#beginnings.get(sender);
    if (bytes <= UNCOUNTED_BYTES) {
      if (beginning !== undefined) this.#remove(sender, beginning);
    } else if (beginning === undefined) {
      this.#add(sender, bytes);
    } else {
      this.#bytes += bytes - beginning.bytes;
      beginning.bytes = bytes;
      this.#pauseIfFull(sender, beginning);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #add(sender: MessageSender, bytes: number): void {
    const beginning = { bytes, isPaused: false };
    this.#beginnings.set(sender, beginning);
    this.#bytes += bytes;
    this.#pauseIfFull(sender, beginning);
  }

  #pauseIfFull(sender: MessageSender, beginning: Beginning): void {
    if (this.#bytes <= this.#limit || beginning.isPaused || sender === this.#first) return;
    beginning.isPaused = true;
    sender.pause();
    if (this.#paused++ === 0) this.#wait();
  }

  #remove(sender: MessageSender, beginning: Beginning): void {
    this.#beginnings.delete(sender);
    this.#bytes -= beginning.bytes;
    this.#resume(sender, beginning);
    if (this.#paused === 0) return;
    this.#wait();
    for (const [sender, beginning] of this.#beginnings) {
      this.#resume(sender, beginning);
      if (this.#bytes > this.#limit) return; // the first alone
    }
  }

  #resume(sender: MessageSender, beginning: Beginning): void {
    if (!beginning.isPaused) return;
    beginning.isPaused = false;
    if (--this.#paused === 0) clearTimeout(this.#timer);
    sender.resume();
  }

  get #first(): MessageSender | undefined {
    return this.#beginnings.keys().next().value;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#relieve(), this.#patienceMs);
  }

  #relieve(): void {
    const addresses = new Map<string | MessageSender, { bytes: number; senders: MessageSender[] }>();
    for (const [sender, { bytes }] of this.#beginnings) {
      const key = sender.address ?? sender;
      const held = addresses.get(key) ?? { bytes: 0, senders: [] };
      addresses.set(key, held);
      held.bytes += bytes;
      held.senders.push(sender);
    }
    while (this.#bytes > this.#limit / 2) {
      let heaviest = { bytes: 0, senders: [] as MessageSender[] };
      for (const held of addresses.values()) if (held.bytes > heaviest.bytes) heaviest = held;
      const sender = heaviest.senders.shift()!;
      heaviest.bytes -= this.#beginnings.get(sender)!.bytes;
      sender.giveUp();
      this.hold(sender, 0);
    }
  }
}
