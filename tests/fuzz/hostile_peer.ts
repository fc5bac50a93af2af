import type { Connection } from "../../lib/hub/connection.ts";
import type { Hub } from "../../lib/hub/hub.ts";
import { frame } from "../support/frame.ts";
import { WireTransport } from "../support/wire_transport.ts";
import { type Move, mutate } from "./mutator.ts";

const encoder = new TextEncoder();

/** A peer that means harm. It keeps count of numbers, so that what it gets wrong is wrong on purpose. */
export class HostilePeer {
  /** The ids that it may have. */
  readonly ids: readonly string[];
  /** How many connections it has had. */
  connections = 0;
  readonly #hub: Hub;
  #id: string;
  readonly #open = new Map<Connection, WireTransport>();
  #transport!: WireTransport;
  #connection!: Connection;
  #version: 0 | 1 | 2 = 0;
  #session = "";
  /** The number of the next item of its own, and of the last of the hub's. */
  #next = 1;
  #got = 0;

  constructor(hub: Hub, ids: readonly string[]) {
    this.#hub = hub;
    this.ids = ids;
    this.#id = ids[0]!;
    this.#connect();
  }

  go(move: Move): void {
    if (this.#transport.closed !== undefined || move.comesBack !== "no") this.#comeBack(move);
    const said = move.said.map((text) => text.replaceAll('"$me"', () => JSON.stringify(this.#id)));
    const asItems = move.asItems && this.#version === 2;
    const header = { seq: this.#next + move.seq, ack: move.ack === null ? undefined : this.#got + move.ack };
    const lines = asItems ? [JSON.stringify(header), ...said] : this.#version === 2 ? said : said.slice(0, 1);
    this.#connection.receive(mutate(encoder.encode(lines.join("\n")), move.edits));
    if (asItems && move.edits.length === 0 && move.seq === 0) this.#next += said.length;
  }

  /** Its connections end, all of them: it may have left some open where it took the session to another. */
  leave(): void {
    for (const [connection, transport] of this.#open) {
      transport.closed ??= { code: 1000, reason: "" };
      connection.closed();
    }
    this.#open.clear();
  }

  #comeBack({ comesBack, seq, said }: Move): void {
    if (comesBack !== "resumes" || seq !== 0) this.leave();
    if (comesBack !== "resumes" && comesBack !== "resumes wrongly") {
      this.#id = this.ids[(said[0]!.length + this.connections) % this.ids.length]!;
    }
    this.#connect();
    const resume = { session: comesBack === "resumes" ? this.#session : "0".repeat(32), received: this.#got + seq };
    const limits = { frame_bytes: 500_000 };
    if (comesBack === "as version 1") this.#login({});
    else if (comesBack.startsWith("resumes")) this.#login({ protocol: 2, limits, resume });
    else if (comesBack !== "as nobody") this.#login({ protocol: 2, limits });
  }

  #connect(): void {
    this.connections++;
    this.#version = 0;
    const transport = this.#transport = new WireTransport((frame) => {
      if (transport === this.#transport) this.#read(frame);
    });
    this.#connection = this.#hub.connect(transport, { token: this.ids[0] });
    this.#open.set(this.#connection, transport);
  }

  #login(content: unknown): void {
    this.#connection.receive(encoder.encode(frame({ from_client_id: this.#id, msg_type: "login", content })));
    this.#version = typeof content === "object" && "protocol" in content! ? 2 : 1;
    if (this.#version === 2) [this.#next, this.#got] = [1, 0];
  }

  #read(frame: string): void {
    const [first = "", ...items] = frame.split("\n");
    if (this.#version < 2 || first.includes('"msg_type"')) {
      if (!first.includes('"login_response"')) return;
      const { content } = JSON.parse(first);
      if (content.protocol !== 2) return;
      this.#session = content.session;
      this.#next = content.received + 1;
    } else if (items.length > 0) {
      this.#got = (JSON.parse(first).seq ?? this.#got + 1) + items.length - 1;
    }
  }
}
