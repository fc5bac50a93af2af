import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers/promises";
import type { Connection } from "../../lib/hub/connection.ts";

import type { Hub } from "../../lib/hub/hub.ts";
import { frame } from "../support/frame.ts";
import { PATIENCE } from "../support/inbox.ts";
import { WireTransport } from "../support/wire_transport.ts";

const encoder = new TextEncoder();
const KEYS = new Set(["msg_id", "from_client_id", "to_client_id", "msg_type", "content", "timestamp", "oss_key"]);
const TYPES = new Set(["text", "json", "dict", "bytes", "image", "file", "folder"]);

/** What all who mean no harm have in common: everything that reaches them is looked at. */
class Innocent {
  readonly id: string;
  readonly transport: WireTransport;
  /** What came from others than its like and the hub. */
  readonly strangers = new Set<string>();
  /** How many messages of strangers have come. */
  reached = 0;
  protected readonly connection: Connection;

  constructor(hub: Hub, id: string, login: unknown) {
    this.id = id;
    this.transport = new WireTransport((text) => this.read(text));
    this.connection = hub.connect(this.transport, { token: id });
    this.say(frame({ from_client_id: id, msg_type: "login", content: login }));
  }

  protected say(text: string): void {
    this.connection.receive(encoder.encode(text));
  }

  protected read(text: string): void {
    this.look(text);
  }

  /** A well-formed envelope that is for it, and whose sender is known. */
  protected look(text: string): { msg_type: string; from_client_id: string; content: unknown } {
    const parsable = text.replaceAll(/(?<=[:,[\s])-?(NaN|Infinity)(?=[\s,\]}])/g, "0");
    const envelope = JSON.parse(parsable === text ? text : isJson(text) ? text : parsable);
    const { msg_type, from_client_id, to_client_id } = envelope;
    for (const key of Object.keys(envelope)) assert(KEYS.has(key), `the key ${key} reached ${this.id}: ${text}`);
    assert(to_client_id === this.id || to_client_id === "all", `${this.id} got what is for ${to_client_id}`);
    if (from_client_id === "server") return envelope;
    assert(TYPES.has(msg_type), `a ${msg_type} of ${from_client_id} reached ${this.id}`);
    if (!from_client_id.startsWith("innocent ")) {
      this.strangers.add(from_client_id);
      this.reached++;
    }
    return envelope;
  }
}

/** A client of version 1. */
export class InnocentListener extends Innocent {
  constructor(hub: Hub, id: string) {
    super(hub, id, {});
  }
}

/** A client of version 2, which acknowledges all and sends on a round of numbers to its partner. */
export class InnocentTalker extends Innocent {
  /** The numbers that its partner has sent it, and those of its own that it has a receipt for. */
  heard = 0;
  delivered = 0;
  readonly #partner: string;
  #said = 0;
  #got = 0;

  constructor(hub: Hub, id: string, partner: string) {
    super(hub, id, { protocol: 2 });
    this.#partner = partner;
  }

  /** Sends the next number, and waits for it to be heard and receipted. */
  async talk(partner: InnocentTalker): Promise<void> {
    const number = ++this.#said;
    const text = frame({ from_client_id: this.id, to_client_id: this.#partner, content: number });
    this.say(`{"seq":${number},"ack":${this.#got}}\n${text}`);
    const deadline = performance.now() + PATIENCE;
    while (partner.heard < number || this.delivered < number) {
      assert(performance.now() < deadline, `message ${number} of ${this.id} has not arrived`);
      await setImmediate();
    }
  }

  protected override read(text: string): void {
    const [first = "", ...items] = text.split("\n");
    if (first.includes('"login_response"')) return void this.look(first);
    const { seq } = JSON.parse(first);
    if (items.length === 0) return;
    assertEquals(seq ?? this.#got + 1, this.#got + 1);
    for (const item of items) {
      this.#got++;
      const { msg_type, from_client_id, content } = this.look(item);
      if (from_client_id === this.#partner) assertEquals(content, ++this.heard);
      if (msg_type === "receipt") this.#count(content as { delivered?: [number, number][] });
    }
    this.say(`{"ack":${this.#got}}`);
  }

  #count({ delivered = [], ...others }: { delivered?: [number, number][] }): void {
    assertEquals(others, {});
    for (const [first, last] of delivered) {
      assertEquals(first, this.delivered + 1);
      this.delivered = last;
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
