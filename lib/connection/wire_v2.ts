import type { CrossCommError } from "../protocol/errors.ts";
import { DEPLOYED_FRAME_LIMIT, Item } from "../protocol/item.ts";
import { type LinesHeader, readHeader, splitLines, writeHeader } from "../protocol/lines.ts";
import { ControlType } from "../protocol/message_types.ts";
import { controlFrame } from "./connection.ts";
import { Pulse } from "./pulse.ts";
import { breach, type Session } from "./session.ts";
import { DRAIN_POLL_MS, HIGH_WATER_BYTES, tooLarge, type Wire, type WireSettings } from "./wire.ts";

/** How long, in milliseconds, an acknowledgement that nobody waits for may wait for items to go with. */
const ACK_DELAY_MS = 100;
/** How many items may wait to be acknowledged. */
const ACK_ITEMS = 256;
/** How many characters of items a frame has at most, unless a single item has more. */
const FRAME_CHARACTERS = 256 * 1024;
/** The most bytes of UTF-8 that a character takes, and the most that a header takes with its line feed. */
const CHARACTER_BYTES = 3;
const HEADER_BYTES = 80;

/** Version 2: numbered items, many a frame, acknowledged and receipted. */
export class WireV2 implements Wire {
  readonly protocol = 2;
  readonly #settings: WireSettings;
  readonly #session: Session;
  readonly #pulse: Pulse;
  /** The largest item, in bytes, that fits into a frame. */
  readonly #itemLimit: number;
  readonly #frameCharacters: number;
  /** The last number that we acknowledged on this connection. */
  #acknowledged: number;
  /** Whether items with a number have come, on which others follow. */
  #isNumbered = false;
  /** Whether a frame is due though there may be no item for it. */
  #due = false;
  #ping = false;
  #pumping = false;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(session: Session, settings: WireSettings) {
    this.#settings = settings;
    this.#session = session;
    this.#itemLimit = (settings.frameLimit ?? DEPLOYED_FRAME_LIMIT) - HEADER_BYTES;
    this.#frameCharacters = Math.min(FRAME_CHARACTERS, this.#itemLimit / CHARACTER_BYTES);
    this.#acknowledged = session.received;
    this.#pulse = new Pulse(settings.heartbeatInterval * 1000, {
      beat: () => {
        this.#ping = this.#due = true;
        this.#flush();
      },
      lost: () => settings.connection.giveUp("the hub does not answer"),
    });
  }

  start(): void {
    this.#settings.connection.run((frame) => this.#receive(frame));
    this.#flush();
  }

  post(envelope: string): void {
    this.#session.add(envelope);
    this.pump();
  }

  /** Sends at the end of this turn, and so in one frame what the turn brings. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#flush();
    });
  }

  beat(): void {
    this.#pulse.beat();
  }

  leave(): void {
    this.#session.add(controlFrame(this.#settings.clientId, ControlType.LOGOUT, "{}"));
    this.#flush();
  }

  end(): void {
    this.#isOver = true;
    this.#pulse.end();
    clearTimeout(this.#drainTimer);
    clearTimeout(this.#ackTimer);
  }

  #flush(): void {
    while (!this.#isOver && this.#drainTimer === undefined && this.#sendFrame()) {
      if (this.#settings.connection.buffered <= HIGH_WATER_BYTES) continue;
      this.#drainTimer = setTimeout(() => {
        this.#drainTimer = undefined;
        this.#flush();
      }, DRAIN_POLL_MS);
    }
  }

  /** Sends a frame; false where there is nothing to say. */
  #sendFrame(): boolean {
    const session = this.#session;
    const seq = session.next;
    let items = "";
    for (let item = this.#nextItem(); item !== undefined; item = this.#nextItem()) {
      if (items !== "" && items.length + item.length > this.#frameCharacters) break;
      items += `\n${item}`;
      session.advance();
    }
    if (items === "" && !this.#due) return false;
    const header: LinesHeader = {};
    if (items !== "") header.seq = seq;
    const isNews = session.received > this.#acknowledged;
    if (this.#due || isNews) header.ack = this.#acknowledged = session.received;
    // An acknowledgement that goes alone would not be answered: where the system keeps small frames back until the other
    // end's has confirmed the one before (Nagle), and that takes its time, the next message would wait for 40 ms. Who
    // only listens has none.
    const hasSpoken = seq > 1;
    if (this.#ping || isNews && items === "" && hasSpoken) header.ping = true;
    this.#due = this.#ping = false;
    this.#settings.connection.send(writeHeader(header) + items);
    this.#pulse.sent();
    return true;
  }

  #nextItem(): string | undefined {
    const { outbox } = this.#settings;
    for (;;) {
      const item = this.#session.peek();
      if (item !== undefined) return item;
      const outgoing = outbox.peek();
      if (outgoing === undefined) return undefined;
      const fits = !new Item(outgoing.envelope).exceeds(this.#itemLimit);
      outbox.take(outgoing, fits ? this.#session.add(outgoing.envelope) : 0);
      if (!fits) outbox.settle(outgoing, tooLarge(this.#itemLimit));
    }
  }

  #receive(frame: string): void {
    this.#pulse.heard();
    try {
      this.#read(splitLines(frame));
    } catch (error) {
      this.#settings.connection.breakOff(error as CrossCommError);
    }
  }

  #read(lines: string[]): void {
    const { seq, ack, ping } = headerOf(lines[0]!);
    if (ack !== undefined) this.#session.acknowledge(ack);
    if (lines.length > 1) this.#take(lines, seq);
    if (ping || this.#session.received - this.#acknowledged >= ACK_ITEMS) this.#due = true;
    if (this.#due) this.pump();
    else if (this.#session.received > this.#acknowledged) this.#acknowledgeLater();
  }

  #take(lines: string[], seq: number | undefined): void {
    const session = this.#session;
    if (seq === undefined && !this.#isNumbered) throw breach("its first items have no number");
    this.#isNumbered = true;
    const first = seq ?? session.received + 1;
    if (first > session.received + 1) throw breach(`item ${first} comes after item ${session.received}`);
    // What we have had is left out; that we have it is told again.
    if (first + lines.length - 2 <= session.received) this.#due = true;
    for (let line = session.received - first + 2; line < lines.length; line++) {
      if (this.#settings.onEnvelope(lines[line]!)) this.#due = true;
      session.received++;
    }
  }

  #acknowledgeLater(): void {
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = undefined;
      if (this.#session.received > this.#acknowledged) this.#due = true;
      this.#flush();
    }, ACK_DELAY_MS);
  }
}

function headerOf(line: string): LinesHeader {
  try {
    return readHeader(line);
  } catch (error) {
    throw breach((error as Error).message, error);
  }
}
