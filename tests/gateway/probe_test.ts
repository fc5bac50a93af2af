import { assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { ServerWebSocket } from "../../lib/gateway/server_web_socket.ts";
import { Flushes, SocketTransport } from "../../lib/gateway/socket_transport.ts";

const PING = new Uint8Array([0x89, 0x80, 0, 0, 0, 0]);
const PONG = new Uint8Array([0x8a, 0x80, 0, 0, 0, 0]);
const MESSAGE = new Uint8Array([0x81, 0x80, 0, 0, 0, 0]);

/** A transport on a socket that does nothing but keep what it is told. */
function deafTransport() {
  const told: string[] = [];
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress: "192.0.2.1",
    remotePort: 1,
    writableLength: 0,
    setTimeout() {},
    setNoDelay() {},
    write: ([first]: Uint8Array) => told.push(first === 0x89 ? "ping" : "pong"),
    destroy: () => told.push("terminate"),
  });
  const webSocket = new ServerWebSocket(socket as unknown as Socket);
  const listener = { onMessage() {}, onSign() {}, onRead() {}, onFault() {}, onEnd() {} };
  webSocket.listen({ maxBytes: 1024, maxFragments: 1 }, new Uint8Array(), listener);
  return { told, socket, transport: new SocketTransport(webSocket, socket as unknown as Socket, new Flushes()) };
}

Deno.test("a connection whose other end has vanished without a word is ended by the second probe", () => {
  const { told, transport } = deafTransport();
  transport.probe();
  transport.probe();
  assertEquals(told, ["ping", "terminate"]);
});

Deno.test("a sign of life keeps a connection, be it an answer to the probe or a message", () => {
  for (const sign of [PONG, MESSAGE]) {
    const { told, socket, transport } = deafTransport();
    transport.probe();
    socket.emit("data", sign);
    transport.probe();
    assertEquals(told, ["ping", "ping"]);
  }
});

Deno.test("one that is slow to read is not taken for dead", () => {
  const { told, socket, transport } = deafTransport();
  socket.writableLength = 1;
  transport.probe();
  transport.probe();
  assertEquals(told, []);
});

Deno.test("pings of one who does not read are not answered: the answers would fill the memory", () => {
  const { told, socket } = deafTransport();
  socket.emit("data", PING);
  socket.writableLength = 1024 * 1024;
  socket.emit("data", PING);
  assertEquals(told, ["pong"]);
});
