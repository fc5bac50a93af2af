import { assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import { Flushes, SocketTransport } from "../../lib/gateway/socket_transport.ts";

type Parts = ConstructorParameters<typeof SocketTransport>;

/** A transport whose WebSocket does nothing but keep what it is told. */
function deafTransport() {
  const told: string[] = [];
  const socket = { remoteAddress: "192.0.2.1", remotePort: 1, writableLength: 0 };
  const webSocket = Object.assign(new EventEmitter(), {
    readyState: 1,
    ping: () => told.push("ping"),
    terminate: () => told.push("terminate"),
  });
  const transport = new SocketTransport(webSocket as unknown as Parts[0], socket as Parts[1], new Flushes());
  return { told, socket, webSocket, transport };
}

Deno.test("a connection whose other end has vanished without a word is ended by the second probe", () => {
  const { told, transport } = deafTransport();
  transport.probe();
  transport.probe();
  assertEquals(told, ["ping", "terminate"]);
});

Deno.test("a sign of life keeps a connection, be it an answer to the probe or a message", () => {
  for (const sign of ["pong", "message"]) {
    const { told, webSocket, transport } = deafTransport();
    transport.probe();
    webSocket.emit(sign);
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
