import type { CrossCommError } from "../protocol/errors.ts";
import { DEPLOYED_FRAME_LIMIT, Item } from "../protocol/item.ts";
import { ControlType } from "../protocol/message_types.ts";
import { pythonExceeds } from "../protocol/python_length.ts";
import { controlFrame } from "./connection.ts";
import type { Outgoing } from "./outbox.ts";
import { Pulse } from "./pulse.ts";
import { DRAIN_POLL_MS, HIGH_WATER_BYTES, tooLarge, type Wire, type WireSettings } from "./wire.ts";

/** Version 1: an envelope a frame, and nobody tells what became of it. */
export class WireV1 implements Wire {
  readonly protocol = 1;
  readonly #settings: WireSettings;
  readonly #pulse: Pulse;
  /** The message that is in the socket, with too much waiting to be sent. */
  #draining: Outgoing | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: WireSettings) {
    this.#settings = settings;
    const heartbeat = () => this.post(controlFrame(settings.clientId, ControlType.HEARTBEAT, "{}"));
    this.#pulse = new Pulse(settings.heartbeatInterval * 1000, { beat: heartbeat });
  }

  start(): void {
    this.#settings.connection.run((frame) => this.#settings.onEnvelope(frame));
    this.beat();
    this.pump();
  }

  post(envelope: string): void {
    this.#settings.connection.send(envelope);
  }

  pump(): void {
    const { connection, outbox } = this.#settings;
    while (this.#timer === undefined) {
      const outgoing = outbox.peek();
      if (outgoing === undefined) return;
      outbox.take(outgoing);
      if (this.#exceeds(outgoing.envelope)) {
        outbox.settle(outgoing, tooLarge(this.#settings.frameLimit ?? DEPLOYED_FRAME_LIMIT));
        continue;
      }
      connection.send(outgoing.envelope);
      this.#draining = outgoing;
      this.#drain();
    }
  }

  beat(): void {
    this.#pulse.beat();
  }

  leave(): void {
    this.post(controlFrame(this.#settings.clientId, ControlType.LOGOUT, "{}"));
  }

  end(lost: CrossCommError): void {
    this.#pulse.end();
    clearTimeout(this.#timer);
    if (this.#draining !== undefined) this.#settings.outbox.settle(this.#draining, lost);
  }

  #drain(): void {
    const { connection, outbox } = this.#settings;
    if (connection.buffered > HIGH_WATER_BYTES) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#drain();
        this.pump();
      }, DRAIN_POLL_MS);
      return;
    }
    const { msgId } = this.#draining!;
    outbox.settle(this.#draining!, { msgId, status: "sent" });
    this.#draining = undefined;
  }

  #exceeds(envelope: string): boolean {
    const { frameLimit } = this.#settings;
    return frameLimit === undefined
      ? pythonExceeds(envelope, DEPLOYED_FRAME_LIMIT)
      : new Item(envelope).exceeds(frameLimit);
  }
}
