/** The HTTP request that makes a WebSocket of a TCP connection. */

import type { Framing } from "../framings/framing.ts";

/** The example of RFC 6455: with a key that is always the same, so is the right answer. */
export const HANDSHAKE = { key: "dGhlIHNhbXBsZSBub25jZQ==", accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" } as const;

/** What Python's client offers. Who accepts it compresses, which costs those receivers nothing here: only heads are read. */
const COMPRESSION = "permessage-deflate; client_max_window_bits";

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");
const requests = new Map<Framing, Uint8Array>();

/** Reads the answer into `buffer`, and returns what followed it in the same read. */
export async function shakeHands(
  conn: Deno.TcpConn,
  buffer: Uint8Array<ArrayBuffer>,
  framing: Framing,
): Promise<Uint8Array> {
  const request = requests.get(framing) ?? encoder.encode(requestOf(framing));
  requests.set(framing, request);
  for (let at = 0; at < request.length;) at += await conn.write(request.subarray(at));
  let length = 0;
  while (true) {
    const read = await conn.read(buffer.subarray(length));
    if (read === null) throw new Error("the hub closed the connection during the handshake");
    length += read;
    const answer = decoder.decode(buffer.subarray(0, length));
    const end = answer.indexOf("\r\n\r\n");
    if (end < 0) continue;
    if (!answer.startsWith("HTTP/1.1 101") || !answer.includes(HANDSHAKE.accept)) {
      throw new Error(`the hub refused the handshake: ${answer.slice(0, end)}`);
    }
    return buffer.slice(end + 4, length);
  }
}

function requestOf({ path, subprotocol }: Framing): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${HANDSHAKE.key}`,
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Extensions: ${COMPRESSION}`,
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ];
  return lines.join("\r\n") + "\r\n\r\n";
}
