import { assertEquals } from "@std/assert";
import type { Connection } from "../../lib/hub/connection.ts";
import type { Hub } from "../../lib/hub/hub.ts";
import { until } from "../support/inbox.ts";
import { WireTransport } from "../support/wire_transport.ts";

/** A step of a dialogue of the vectors: one peer, and what it does or sees. */
export interface Step {
  peer: string;
  connects?: boolean;
  vanishes?: boolean;
  sends?: readonly unknown[];
  gets?: Record<string, unknown>;
  number?: number;
  acknowledged?: number;
  closed?: number;
  connection?: number;
}

/** What has come on a connection. */
interface Line {
  connection: Connection;
  transport: WireTransport;
  /** Frames of version 1, and items with their numbers, that no step has spoken of yet. */
  unread: { number?: number; value: Record<string, unknown> }[];
  acknowledged: number;
  /** The number of the next item. */
  next: number;
}

/** Plays the clients' part of a dialogue with a hub, and holds the hub to its own. */
export class Dialogue {
  readonly #hub: Hub;
  readonly #defaults: object;
  readonly #lines = new Map<string, Line[]>();
  /** What `$names` stand for. */
  readonly #values = new Map<string, unknown>();

  constructor(hub: Hub, defaults: object) {
    this.#hub = hub;
    this.#defaults = defaults;
  }

  async go(step: Step): Promise<void> {
    const { peer } = step;
    if (step.connects) return this.#connect(peer);
    const lines = this.#lines.get(peer)!;
    const line = lines.at((step.connection ?? 0) - 1)!;
    const what = JSON.stringify(step);
    if (step.vanishes) {
      line.transport.closed = { code: 1006, reason: "" };
      line.connection.closed();
    } else if (step.sends) {
      line.connection.receive(new TextEncoder().encode(step.sends.map((said) => this.#write(peer, said)).join("\n")));
    } else if (step.gets) {
      await until(() => line.unread.length > 0, what);
      const { number, value } = line.unread.shift()!;
      assertEquals(
        [number, this.#matches(value, step.gets)],
        [step.number, true],
        `${JSON.stringify(value)} for ${what}`,
      );
    } else if (step.acknowledged !== undefined) {
      await until(() => line.acknowledged >= step.acknowledged!, what);
      assertEquals(line.acknowledged, step.acknowledged);
    } else {
      await until(() => line.transport.closed !== undefined, what);
      assertEquals(line.transport.closed?.code, step.closed);
    }
  }

  /** Nothing may have come that no step speaks of. */
  end(): void {
    for (const lines of this.#lines.values()) for (const { unread } of lines) assertEquals(unread, []);
  }

  #connect(peer: string): void {
    const transport = new WireTransport((frame) => {
      const [first, ...items] = frame.split("\n").map((text) => JSON.parse(text));
      if ("msg_type" in first) return void line.unread.push({ value: first });
      line.acknowledged = first.ack ?? line.acknowledged;
      line.next = first.seq ?? line.next;
      for (const value of items) line.unread.push({ number: line.next++, value });
    });
    const line: Line = { transport, connection: this.#hub.connect(transport), unread: [], acknowledged: 0, next: NaN };
    this.#lines.set(peer, [...this.#lines.get(peer) ?? [], line]);
  }

  /** A line as it goes out: an item is completed, a header or a text stands as it is. */
  #write(peer: string, said: unknown): string {
    if (typeof said === "string") return said;
    const isItem = "msg_type" in (said as object);
    return JSON.stringify(
      isItem ? { from_client_id: peer, ...this.#defaults, ...said as object } : said,
      (_, value) => this.#values.get(value) ?? value,
    );
  }

  #matches(value: unknown, expected: unknown): boolean {
    if (expected === "*") return value !== undefined;
    if (typeof expected === "string" && expected.startsWith("$")) {
      if (!this.#values.has(expected)) this.#values.set(expected, value);
      return value === this.#values.get(expected);
    }
    if (typeof expected !== "object" || expected === null) return value === expected;
    if (typeof value !== "object" || value === null) return false;
    if (Array.isArray(expected) && (value as unknown[]).length !== expected.length) return false;
    return Object.entries(expected).every(([key, inner]) =>
      this.#matches((value as Record<string, unknown>)[key], inner)
    );
  }
}
