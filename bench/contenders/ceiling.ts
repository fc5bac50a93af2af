/**
 * No hub at all: it counts the frames that come in and writes as many copies of one ready frame to those they are for.
 * What the load generator reaches against it is what the generator can do; every real hub must stay well below.
 */

import { envelope } from "../load/envelope.ts";
import { frame, FrameReader, OPCODE } from "../load/frames.ts";
import { HANDSHAKE } from "../load/raw_socket.ts";

const BATCH = 256;
const encoder = new TextEncoder();
const ANSWER = encoder.encode(
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${HANDSHAKE.accept}\r\n\r\n`,
);
const copy = frame(OPCODE.text, envelope("sender", "all", "text", "x".repeat(200)), "hub");
const copies = new Uint8Array(copy.length * BATCH);
for (let i = 0; i < BATCH; i++) copies.set(copy, i * copy.length);

class Peer {
  targets: () => Iterable<Peer> = () => [];
  #conn: Deno.TcpConn;
  #owed = 0;
  #writing = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  async owe(count: number): Promise<void> {
    this.#owed += count;
    if (this.#writing) return;
    this.#writing = true;
    while (this.#owed > 0) {
      const batch = Math.min(this.#owed, BATCH);
      this.#owed -= batch;
      await this.write(copies.subarray(0, batch * copy.length));
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
  const reader = new FrameReader((opcode, payload) => {
    if (opcode !== OPCODE.text) return;
    reader.keep = false;
    const { from_client_id: id } = JSON.parse(new TextDecoder().decode(payload));
    peers.set(id, peer);
    // A sender reaches everybody else; "…-a" and "…-b" are a pair. Looked up late: the partner may not be here yet.
    const partner = id.endsWith("-a") ? id.slice(0, -1) + "b" : id.slice(0, -1) + "a";
    let cached: Peer[] | undefined;
    peer.targets = () => cached ??= id === "sender" ? others(peer) : [peers.get(partner)!];
    peer.write(frame(OPCODE.text, envelope("server", id, "login_response", { status: "success" }), "hub"));
  });
  let loggedIn = false;
  while (true) {
    const read = await conn.read(buffer);
    if (read === null) break;
    const texts = reader.push(buffer.subarray(0, read));
    if (loggedIn && texts > 0) { for (const target of peer.targets()) target.owe(texts); }
    loggedIn ||= texts > 0;
  }
  conn.close();
}

function others(self: Peer): Peer[] {
  return [...peers.values()].filter((peer) => peer !== self);
}

for await (const conn of Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) })) {
  serve(conn).catch(() => conn.close());
}
