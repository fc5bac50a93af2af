import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Gateway } from "../../lib/gateway/gateway.ts";
import { DEFAULT_LIMITS } from "../../lib/gateway/limits.ts";
import { clientFrame, joined } from "../support/client_frame.ts";
import { bareHub } from "../support/fake_transport.ts";
import { frame } from "../support/frame.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";

/** The answer to a WebSocket's handshake. */
async function handshake(port: number): Promise<string> {
  using client = await TcpClient.connect(port);
  return await client.handshake();
}

for (
  const [what, options, status, reason] of [
    ["connections in all", { maxConnections: 3 }, 503, "all the connections that it takes (3)"],
    ["connections of one address", { maxConnectionsPerAddress: 3 }, 429, "no more than 3 connections of one address"],
  ] as const
) {
  Deno.test(`too many ${what} are refused with ${status}, those that are there go on, and one that ends makes room`, async () => {
    await using hub = await startHub(options);
    await using ann = await RawClient.login(hub.port, "ann");
    await using bob = await RawClient.login(hub.port, "bob");
    const third = await RawClient.connect(hub.port);

    for (let i = 0; i < 5; i++) {
      const answer = await handshake(hub.port);
      assertMatch(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assertStringIncludes(answer, reason);
    }
    const health = await fetch(`http://127.0.0.1:${hub.port}/healthz`);
    await health.body?.cancel();
    assertEquals(health.status, status);
    ann.sendFrame({ to_client_id: "bob", content: "still here" });
    assertEquals((await bob.next("text")).content, "still here");

    await third.close();
    // The hub learns of the end of a connection a little after its other end does.
    let answer = await handshake(hub.port);
    while (answer.startsWith(`HTTP/1.1 ${status}`)) answer = await handshake(hub.port);
    assertMatch(answer, /^HTTP\/1.1 101 /);
  });
}

Deno.test("a flood of connections costs the others nothing", async () => {
  await using hub = await startHub({ maxConnections: 20 });
  await using ann = await RawClient.login(hub.port, "ann");
  await using bob = await RawClient.login(hub.port, "bob");
  const flood = await Promise.all(Array.from({ length: 1_100 }, () => TcpClient.connect(hub.port)));
  try {
    ann.sendFrame({ to_client_id: "bob", content: "still here" });
    assertEquals((await bob.next("text")).content, "still here");
    // Further ones are cut off without a word: neither memory nor answers are spent on them.
    using late = await TcpClient.connect(hub.port);
    assertEquals(await late.read().catch(() => ""), "");
  } finally {
    for (const client of flood) client[Symbol.dispose]();
  }
});

Deno.test("a handshake that never ends is ended by the hub, header by header or silent", async () => {
  await using hub = await startHub({ loginTimeout: 0.3 });
  await using _ann = await RawClient.login(hub.port, "ann");
  using silent = await TcpClient.connect(hub.port);
  using slow = await TcpClient.connect(hub.port);
  await slow.write("GET / HTTP/1.1\r\nHost: hub\r\n");
  const dripping = (async () => {
    for (let i = 0;; i++) {
      await slow.write(`X-${i}: y\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })().catch(() => {}); // once the hub has ended it
  assertMatch(await silent.read(), /^HTTP\/1.1 408 |^$/);
  assertMatch(await slow.read(), /^HTTP\/1.1 408 |^$/);
  await dripping;
});

Deno.test("who stays after a refused handshake is cut off, and has its place taken by others", async () => {
  await using hub = await startHub({ maxConnections: 1, loginTimeout: 0.3 });
  using refused = await TcpClient.connect(hub.port);
  await refused.write("GET / HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  assertMatch(await refused.read(), /^HTTP\/1.1 400 /);
  await assertRejects(async () => {
    while (true) {
      await refused.write("I stay");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  assertMatch(await handshake(hub.port), /^HTTP\/1.1 101 /);
});

Deno.test("who goes on and on with a body that nobody asked for is cut off, whoever answered", async () => {
  await using hub = await startHub();
  await Promise.all(["POST /", "GET /healthz", "PUT /b/a"].map(async (request) => {
    using client = await TcpClient.connect(hub.port);
    await client.write(`${request} HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000000\r\n\r\n`);
    assertMatch(await client.read(), /^HTTP\/1.1 [24]/);
    await assertRejects(async () => {
      while (true) {
        await client.write("I stay");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
  }));
});

Deno.test("a connection on which nothing moves is ended after a while, but for a WebSocket", async () => {
  await using bare = await bareHub();
  const gateway = await Gateway.listen(bare.hub, {
    ip: "127.0.0.1",
    port: 0,
    maxUnfinishedBytes: 1e9,
    limits: { ...DEFAULT_LIMITS, idleTimeout: 0.3 },
    allowedOrigins: [],
    store: () => new Promise(() => {}),
  });
  const { port } = gateway.addr;
  await using ann = await RawClient.login(port, "ann");
  using never = await TcpClient.connect(port);
  await never.write("GET /never HTTP/1.1\r\nHost: hub\r\n\r\n");
  assertEquals(await never.read(), "");
  assertEquals((await ann.clients()).ann, "online");
  await ann.close();
  await gateway.close();
});

Deno.test("a head that is too large is refused", async () => {
  await using hub = await startHub();
  using client = await TcpClient.connect(hub.port);
  assertMatch(await client.handshake(`X: ${"y".repeat(20_000)}`), /^HTTP\/1.1 431 /);
});

Deno.test("a WebSocket that does not log in is closed with 4002, and one that did is not", async () => {
  await using hub = await startHub({ loginTimeout: 0.3 });
  await using ann = await RawClient.login(hub.port, "ann");
  await using stranger = await RawClient.connect(hub.port);
  stranger.sendFrame({ content: "let me in" }); // which is no login
  assertEquals(await stranger.closed, { code: 4002, reason: "no login within 0.3 s" });
  assertEquals((await ann.clients()).ann, "online");
});

Deno.test("a WebSocket that has not logged in cannot have the hub hold a long message, and one that did can", async () => {
  await using hub = await startHub();
  const long = frame({ from_client_id: "ann", to_client_id: "server", content: "x".repeat(64 * 1024) });
  using stranger = await TcpClient.connect(hub.port);
  await stranger.handshake();
  await stranger.write(clientFrame(0x81, long).subarray(0, 20)); // what is said to come is enough
  assertEquals(await stranger.readToEnd(), [0x88, 2, 1009 >> 8, 1009 & 0xff]);

  using ann = await TcpClient.connect(hub.port);
  await ann.handshake();
  const login = frame({ from_client_id: "ann", msg_type: "login", content: {} });
  const list = frame({ from_client_id: "ann", msg_type: "list_clients", content: "" });
  await ann.write(joined([login, long, list].map((text) => clientFrame(0x81, text))));
  let answers = "";
  while (!answers.includes("list_clients_response")) answers += await ann.read();
});
