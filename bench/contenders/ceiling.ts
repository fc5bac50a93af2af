/**
 * No hub at all: it looks at the first message of each client, and from then on counts the frames that come in and
 * writes as many copies of that message to those it was for. What the load generator reaches against it is what the
 * generator can do; every real hub must stay well below. Argument: port.
 */

import { envelope } from "../framings/envelope.ts";
import { frame, FrameReader, OPCODE } from "../load/frames.ts";
import { HANDSHAKE } from "../load/handshake.ts";

/** How many bytes of copies lie ready, at least one. */
const BATCH_BYTES = 100_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const ANSWER = encoder.encode(
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${HANDSHAKE.accept}\r\n\r\n`,
);

/** What a client sends: copies of one frame, side by side. */
interface Copies {
  bytes: Uint8Array;
  frameLength: number;
}

class Peer {
  copies: Copies | undefined;
  targets: Peer[] = [];
  #conn: Deno.TcpConn;
  /** How many copies of whose message are still to be written. */
  #owed = new Map<Copies, number>();
  #writing = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  async owe(copies: Copies, count: number): Promise<void> {
    this.#owed.set(copies, (this.#owed.get(copies) ?? 0) + count);
    if (this.#writing) return;
    this.#writing = true;
    for (const [owed, left] of this.#owed) {
      const batch = Math.min(left, owed.bytes.length / owed.frameLength);
      this.#owed.delete(owed);
      if (batch < left) this.#owed.set(owed, left - batch); // it comes round again
      await this.write(owed.bytes.subarray(0, batch * owed.frameLength));
    }
    this.#writing = false;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) at += await this.#conn.write(bytes.subarray(at));
  }
}

const peers = new Map<string, Peer>();

async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const peer = new Peer(conn);
  const buffer = new Uint8Array(65_536);
  await conn.read(buffer); // the whole request: it is small and comes in one piece
  await peer.write(ANSWER);
  let clientId = "";
  const reader = new FrameReader({
    onFrame(opcode, payload) {
      if (opcode !== OPCODE.text) return;
      const { from_client_id: from, to_client_id: to } = JSON.parse(decoder.decode(payload));
      if (clientId === "") {
        peers.set(clientId = from, peer);
        peer.write(frame(OPCODE.text, envelope("server", from, "login_response", { status: "success" }), "hub"));
        return;
      }
      reader.counts = true;
      peer.copies = copiesOf(payload);
      peer.targets = to === "all" ? [...peers.values()].filter((other) => other !== peer) : [peers.get(to)!];
      forward(1);
    },
    hear: (_bytes, _from, _to, ends) => ends ? 1 : 0,
  });
  const forward = (count: number) => {
    for (const target of peer.targets) target.owe(peer.copies!, count);
  };
  for (let read; (read = await conn.read(buffer)) !== null;) {
    const messages = reader.push(buffer.subarray(0, read));
    if (messages > 0) forward(messages);
  }
  peers.delete(clientId);
  conn.close();
}

/** Messages of one length are one message here, so that those of several senders leave in one write. */
const known = new Map<number, Copies>();

function copiesOf(payload: Uint8Array): Copies {
  const copies = known.get(payload.length) ?? makeCopies(payload);
  known.set(payload.length, copies);
  return copies;
}

function makeCopies(payload: Uint8Array): Copies {
  const one = frame(OPCODE.text, payload, "hub");
  const count = Math.max(1, Math.floor(BATCH_BYTES / one.length));
  const bytes = new Uint8Array(one.length * count);
  for (let i = 0; i < count; i++) bytes.set(one, i * one.length);
  return { bytes, frameLength: one.length };
}

for await (const conn of Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) })) {
  serve(conn).catch(() => conn.close());
}
