import type { BareHub, FakeClient } from "./fake_transport.ts";
import { type Frame, frame, type FrameParts } from "./frame.ts";

/** A client that speaks version 2, to the letter, on a fake transport. It acknowledges when it is told to. */
export interface LinesPeer extends FakeClient {
  /** What the hub has answered to its login. */
  // deno-lint-ignore no-explicit-any -- tests look into whatever is there
  answer: any;
  /** Sends items of these parts, numbered from `seq` on. */
  sendItems(seq: number, ...items: FrameParts[]): void;
  /** Acknowledges items up to this number. */
  ack(upTo: number): void;
  /** Its connection ends without a word. */
  cut(): void;
  /** What the hub has told it of what became of its messages, all reports in one. */
  receipts(): Record<string, unknown[]>;
}

/** Logs a client in with version 2; `offer` is what it says besides. */
export function loginLines(test: BareHub, id: string, offer: Record<string, unknown> = {}): LinesPeer {
  const client = test.login(id, { protocol: 2, limits: { frame_bytes: 1_000_000 }, ...offer });
  const { transport, connection, sendRaw } = client;
  const answer = transport.sent.find(({ msg_type }) => msg_type === "login_response")!;
  return {
    ...client,
    answer: answer.content,
    sendItems: (seq, ...items) => {
      sendRaw([`{"seq":${seq}}`, ...items.map((parts) => frame({ from_client_id: id, ...parts }))].join("\n"));
    },
    ack: (upTo) => sendRaw(`{"ack":${upTo}}`),
    cut: () => {
      transport.closed = { code: 1006, reason: "" };
      connection.closed();
    },
    receipts: () => mergeReceipts(transport.sent),
  };
}

/** The receipts among these frames, all reports in one. */
export function mergeReceipts(frames: readonly Frame[]): Record<string, unknown[]> {
  const merged: Record<string, unknown[]> = {};
  for (const { msg_type, content } of frames) {
    if (msg_type !== "receipt") continue;
    for (const [key, entries] of Object.entries(content)) (merged[key] ??= []).push(...entries as unknown[]);
  }
  return merged;
}
