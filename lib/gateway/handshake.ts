import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Refusal } from "./connection_count.ts";

/** What a server puts behind a client's key (RFC 6455, section 1.3). */
const SERVER_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION = "13";

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const encoder = new TextEncoder();
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Why a request to become a WebSocket makes none; `undefined` where it does. */
export function handshakeFault({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== "GET") return { status: 405, reason: "a WebSocket begins with GET", headers: { allow: "GET" } };
  if (headers.upgrade?.toLowerCase() !== "websocket") return { status: 400, reason: "Upgrade says no websocket" };
  if (!KEY.test(headers["sec-websocket-key"] ?? "")) return { status: 400, reason: "Sec-WebSocket-Key makes no sense" };
  if (headers["sec-websocket-version"] !== VERSION) {
    const reason = `this hub speaks version ${VERSION} of the WebSocket protocol`;
    return { status: 426, reason, headers: { "sec-websocket-version": VERSION } };
  }
  if (!offeredProtocols(headers).every((protocol) => TOKEN.test(protocol))) {
    return { status: 400, reason: "Sec-WebSocket-Protocol makes no sense" };
  }
}

/**
 * The answer to a request without fault, as bytes: a text would take twice as long to write. Of the protocols that are
 * offered the first is taken: the hub asks for none.
 */
export function handshakeAnswer({ headers }: IncomingMessage): Uint8Array {
  const accept = hash("sha1", headers["sec-websocket-key"] + SERVER_KEY, "base64");
  const [protocol] = offeredProtocols(headers);
  return encoder.encode(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n` +
      (protocol === undefined ? "\r\n" : `Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`),
  );
}

function offeredProtocols(headers: IncomingMessage["headers"]): string[] {
  return headers["sec-websocket-protocol"]?.split(",").map((protocol) => protocol.trim()) ?? [];
}
