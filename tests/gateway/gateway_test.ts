import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { CrossCommError, CrossCommServer } from "../../mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { startGateway } from "../support/start_gateway.ts";
import { startHub, tempFolder } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";

/** Proves that the hub still serves. */
async function assertServes(port: number): Promise<void> {
  await using ann = await RawClient.login(port, "ann");
  assertEquals((await ann.clients()).ann, "online");
}

Deno.test("a WebSocket is let in on any path", async () => {
  await using hub = await startHub();
  for (const path of ["/", "/chat", "/a/b?c=d", "/healthz"]) {
    await using ann = await RawClient.connect(hub.port, path);
    assertEquals((await ann.login("ann")).content.status, "success");
  }
});

Deno.test("/healthz tells that the hub is well, and how many clients are online", async () => {
  await using hub = await startHub();
  await using _ann = await RawClient.login(hub.port, "ann");
  const response = await fetch(`http://127.0.0.1:${hub.port}/healthz?from=probe`);

  assertEquals(response.status, 200);
  assertStringIncludes(response.headers.get("content-type")!, "application/json");
  assertEquals(await response.json(), { status: "ok", online_clients: 1 });
});

Deno.test("plain HTTP is told to come as a WebSocket", async () => {
  await using hub = await startHub({ storeFolder: false });
  for (const [path, method] of [["/", "GET"], ["/index.html", "GET"], ["/", "POST"], ["/healthz/more", "GET"]]) {
    const response = await fetch(`http://127.0.0.1:${hub.port}${path}`, { method });
    assertEquals(response.status, 426);
    assertEquals(response.headers.get("upgrade"), "websocket");
    assertStringIncludes(await response.text(), "connect with a WebSocket");
  }
  await assertServes(hub.port);
});

Deno.test("a handshake that is none is refused and harms nobody", async () => {
  await using hub = await startHub();
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  for (
    const request of [
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: short\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n${key}\r\n`,
      `POST / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n`,
      "GET / HTTP/1.1\r\nHost: a b%%\r\n\r\n",
      "this is no HTTP\r\n\r\n",
    ]
  ) {
    using client = await TcpClient.connect(hub.port);
    await client.write(request);
    assertMatch(await client.read(), /^HTTP\/1.1 4\d\d /, request);
  }
  await assertServes(hub.port);
});

Deno.test(
  "a request that offers HTTP/2 besides, as Java's HTTP client does, is answered like any other",
  async () => {
    await using hub = await startHub();
    using client = await TcpClient.connect(hub.port);
    await client.write(
      "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n",
    );
    assertMatch(await client.read(), /^HTTP\/1.1 200 /);
  },
);

Deno.test("who breaks off before a handshake is refused harms nobody", async () => {
  await using hub = await startHub();
  for (let round = 0; round < 20; round++) {
    using client = await TcpClient.connect(hub.port);
    await client.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await assertServes(hub.port); // the answer to that has come, too: that nobody reads it makes the end a reset
    await client.write("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  }
  await assertServes(hub.port);
});

Deno.test("a handshake behind a request that is not answered yet ends the connection, and harms nobody", async () => {
  await using gateway = await startGateway(() => new Promise(() => {}));
  for (const key of ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n", ""]) {
    using client = await TcpClient.connect(gateway.port);
    await client.write(
      "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" +
        `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n`,
    );
    assertEquals(await client.read(), "");
    await assertServes(gateway.port);
  }
});

Deno.test("a handshake behind a request that has been answered is one like any other", async () => {
  await using hub = await startHub();
  using client = await TcpClient.connect(hub.port);
  await client.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  assertMatch(await client.read(), /^HTTP\/1.1 200 /);
  assertMatch(await client.handshake(), /^HTTP\/1.1 101 /);
});

Deno.test("a connection that breaks off, or sends what is no WebSocket frame, harms nobody", async () => {
  await using hub = await startHub();
  {
    using client = await TcpClient.connect(hub.port);
    assertStringIncludes(await client.handshake(), "101 Switching Protocols");
  }
  using client = await TcpClient.connect(hub.port);
  await client.handshake();
  await client.write(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
  await client.read(); // the hub closes
  await assertServes(hub.port);
});

Deno.test("two hubs on one port: the second says so clearly and leaves the first alone", async () => {
  await using first = await startHub();
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/clients.yaml`;
  await using second = new CrossCommServer({ ip: "127.0.0.1", port: first.port, clientsFile });
  const error = await assertRejects(() => second.startServer(), CrossCommError);

  assertEquals(error.code, "PORT_IN_USE");
  assertStringIncludes(error.message, `port ${first.port} of 127.0.0.1 is in use`);
  await second.finished;
  await assertServes(first.port);
});

Deno.test("an address that is not this machine's is said to be none", async () => {
  await using folder = await tempFolder();
  await using hub = new CrossCommServer({ ip: "192.0.2.1", port: 0, clientsFile: `${folder.path}/clients.yaml` });
  const error = await assertRejects(() => hub.startServer(), CrossCommError);

  assertEquals(error.code, "LISTEN_FAILED");
  assertStringIncludes(error.message, "192.0.2.1");
});

Deno.test({
  name: "a hub on IPv6 is reached there",
  ignore: !hasIpv6(), // as in many containers
  async fn() {
    await using hub = await startHub({ ip: "::1" });
    const socket = new WebSocket(`ws://[::1]:${hub.port}`);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    await new Promise((resolve, reject) => [socket.onopen, socket.onerror] = [resolve, reject]);
    socket.close();
    await closed;
  },
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("messages of many clients at once all arrive, each sender's in order", async () => {
  await using hub = await startHub();
  await using reader = await RawClient.login(hub.port, "reader");
  const senders = await Promise.all([0, 1, 2, 3].map((i) => RawClient.login(hub.port, `sender ${i}`)));
  for (let n = 0; n < 250; n++) {
    for (const sender of senders) {
      sender.sendFrame({ to_client_id: "reader", content: n });
    }
  }
  const next: Record<string, number> = {};
  for (let n = 0; n < 1000; n++) {
    const { from_client_id, content } = await reader.next("text");
    assertEquals(content, next[from_client_id] ?? 0);
    next[from_client_id] = content + 1;
  }
  await Promise.all(senders.map((sender) => sender.close()));
});

Deno.test("frames of the lengths at which the framing changes arrive whole", async () => {
  await using hub = await startHub();
  await using ann = await RawClient.login(hub.port, "ann");
  await using bob = await RawClient.login(hub.port, "bob");
  for (const length of [124, 125, 126, 127, 65534, 65535, 65536, 65537, 16 * 1024 - 1, 16 * 1024]) {
    const frameOf = (content: string) =>
      `{"msg_id":"","from_client_id":"ann","to_client_id":"bob","msg_type":"text","content":"${content}","timestamp":0}`;
    const text = frameOf("x".repeat(length - frameOf("").length));
    assertEquals(text.length, length);
    for (let i = 0; i < 3; i++) ann.send(text); // they may leave the hub in one write
    for (let i = 0; i < 3; i++) assertEquals((await bob.next("text")).text, text);
  }
});

Deno.test("a frame of 50 MB goes through to a client that offered to take it, and is held back from one that did not", async () => {
  await using hub = await startHub({ maxBufferedBytes: 200_000_000 });
  await using ann = await RawClient.login(hub.port, "ann");
  await using ours = await RawClient.login(hub.port, "ours", { limits: { frame_bytes: 64 * 1024 * 1024 } });
  await using python = await RawClient.login(hub.port, "python");

  ann.sendFrame({ to_client_id: "all", content: "x".repeat(50_000_000) });
  ann.sendFrame({ to_client_id: "all", content: "small" });
  assertEquals((await ours.next("text")).content.length, 50_000_000);
  assertEquals((await python.next("text")).content, "small");
});

Deno.test("a request that never ends does not keep the hub from stopping", async () => {
  await using hub = await startHub();
  using client = await TcpClient.connect(hub.port);
  await client.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab");
  await client.read();
  await hub.server.stop();
});
