// What the deployed hub gets wrong, fault by fault, as somebody at the other end of a socket sees it.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { CrossCommError } from "../../mod.ts";
import { captureLog } from "../support/captured_log.ts";
import { bareHub } from "../support/fake_transport.ts";
import { Inbox, until } from "../support/inbox.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";
import { frame } from "../support/frame.ts";

Deno.test("fault: a hub's own listeners never run", async () => {
  await using hub = await startHub();
  const heard = new Inbox<unknown>();
  hub.server.messageListener({ msgType: "text" })(({ content, toClientId }) => heard.push([toClientId, content]));
  await using ann = await RawClient.login(hub.port, "ann");
  await using _bob = await RawClient.login(hub.port, "bob");

  ann.sendFrame({ to_client_id: "bob", content: "not for the hub" });
  ann.sendFrame({ to_client_id: "server", content: "for the hub" });
  ann.sendFrame({ to_client_id: "all", content: "for everyone" });
  assertEquals(await heard.next(), ["server", "for the hub"]);
  assertEquals(await heard.next(), ["all", "for everyone"]);
});

Deno.test("fault: anyone may send before logging in, and under anyone's id", async () => {
  await using hub = await startHub();
  await using bob = await RawClient.login(hub.port, "bob");
  await using mallory = await RawClient.connect(hub.port);

  mallory.sendFrame({ from_client_id: "mallory", to_client_id: "bob", content: "before the login" });
  mallory.sendFrame({ from_client_id: "ann", to_client_id: "all", content: "before the login, as ann" });
  await mallory.login("mallory");
  mallory.sendFrame({ from_client_id: "ann", to_client_id: "bob", content: "as ann" });
  mallory.sendFrame({ from_client_id: "bob", msg_type: "logout" });
  mallory.sendFrame({ to_client_id: "bob", content: "honest" });

  assertEquals((await bob.next("text")).content, "honest");
  assertEquals(await bob.clients(), { bob: "online", mallory: "online" });
});

Deno.test("fault: a second login silently takes the name over, and the old socket's end marks the new one offline", async () => {
  await using log = await captureLog();
  await using hub = await startHub();
  await using bob = await RawClient.login(hub.port, "bob");
  await using first = await RawClient.login(hub.port, "ann");
  await using second = await RawClient.login(hub.port, "ann");

  await log.next("warning", "ann has logged in again");
  assertStringIncludes((await first.closed).reason, "another login under the same id");
  assertEquals(await bob.clients(), { bob: "online", ann: "online" });
  bob.sendFrame({ to_client_id: "ann", content: "still there?" });
  assertEquals((await second.next("text")).content, "still there?");
});

Deno.test("fault: a client marked offline for missed heartbeats never comes back", async () => {
  await using log = await captureLog();
  await using hub = await startHub({ heartbeatInterval: 0.05, heartbeatTimeout: 0.2 });
  await using bob = await RawClient.login(hub.port, "bob");
  await log.next("bob has not been heard of");
  assertEquals(hub.server.getOnlineClients(), []);

  bob.sendFrame({ msg_type: "heartbeat" });
  await log.next("bob is back online");
});

Deno.test("fault: list_clients shows a client that logged out as online until its heartbeat runs out", async () => {
  await using hub = await startHub();
  await using ann = await RawClient.login(hub.port, "ann");
  await using bob = await RawClient.login(hub.port, "bob");
  const carl = await RawClient.login(hub.port, "carl");
  assertEquals(await ann.clients(), { ann: "online", bob: "online", carl: "online" });

  bob.sendFrame({ msg_type: "logout" });
  await carl.close();
  await until(() => hub.server.getOnlineClients().length === 1, "the hub knows of both");
  assertEquals(await ann.clients(), { ann: "online", bob: "offline", carl: "offline" });
  assertEquals(await ann.clients('{"only_show_online": true}'), { ann: "online" });
});

Deno.test("fault: the clients file is rewritten at every login, and forgets at the next write what it held before a restart", async () => {
  await using first = await startHub();
  const { clientsFile } = first;
  await using _ann = await RawClient.login(first.port, "ann");
  await first.server.stop();
  const before = await Deno.readTextFile(clientsFile);

  await using second = await startHub({ clientsFile });
  const logins = await Promise.all(Array.from({ length: 50 }, (_, i) => RawClient.login(second.port, `client ${i}`)));
  // Fifty logins over real sockets are done sooner than the hub saves them: not one of them has its own write.
  let versions = 0, last = before;
  await until(async () => {
    const text = await Deno.readTextFile(clientsFile);
    if (text !== last) versions++;
    last = text;
    return text.includes("client 49");
  }, "the last login is in the file");
  assertEquals(versions < 10, true, `${versions} versions of the file`);
  assertEquals((parse(last) as Record<string, { status: string }>).ann?.status, "offline");
  await Promise.all(logins.map((client) => client.close()));
});

Deno.test("fault: one slow reader stalls a broadcast for everybody after it", async () => {
  await using log = await captureLog();
  await using hub = await startHub({ maxBufferedBytes: 1_000_000 });
  using slow = await TcpClient.connect(hub.port);
  await slow.handshake();
  await slow.sendText(frame({ from_client_id: "slow", msg_type: "login", content: {} }));
  await until(() => hub.server.getOnlineClients().includes("slow"), "slow is logged in");
  await using ann = await RawClient.login(hub.port, "ann");
  await using fast = await RawClient.login(hub.port, "fast");

  const content = "x".repeat(500_000);
  for (let i = 0; i < 60; i++) {
    ann.sendFrame({ to_client_id: "all", content });
    assertEquals((await fast.next("text")).content.length, content.length);
  }
  await log.next("warning: slow does not read");
  assertEquals(await ann.clients(), { slow: "offline", ann: "online", fast: "online" });
});

Deno.test("fault: a message to an unknown or offline client vanishes without a word", async () => {
  await using log = await captureLog();
  await using hub = await startHub();
  await using ann = await RawClient.login(hub.port, "ann");
  await using bob = await RawClient.login(hub.port, "bob");
  bob.sendFrame({ to_client_id: "nobody" });
  await log.next("warning: bob", "did not get to nobody (unknown client)");
  await bob.close();
  await until(() => !hub.server.getOnlineClients().includes("bob"), "bob is gone");
  ann.sendFrame({ to_client_id: "bob", content: "while you were away" });
  await ann.clients();

  const send = (toClientId: string) => hub.server.sendMessage("hi", "text", { toClientId });
  assertEquals((await assertRejects(() => send("nobody"), CrossCommError)).code, "UNKNOWN_CLIENT");
  assertEquals((await send("bob")).status, "stored");
  await using again = await RawClient.login(hub.port, "bob");
  assertEquals((await again.next("text")).content, "while you were away");
  assertEquals((await again.next("text")).content, "hi");
});

Deno.test("fault: every recipient costs one more JSON serialisation", async () => {
  await using test = await bareHub();
  const ann = test.login("ann");
  const others = Array.from({ length: 100 }, (_, i) => test.login(`client ${i}`));
  const { stringify } = JSON;
  let serialisations = 0;
  JSON.stringify = (...args: unknown[]) => {
    serialisations++;
    return stringify(...args as [unknown]);
  };
  try {
    const text = frame({ from_client_id: "ann", to_client_id: "all" });
    serialisations = 0;
    ann.sendRaw(text);
    assertEquals(serialisations, 0, "a client's message is passed on as it is");
    void test.sendOwn("hi", "all");
    const forOne = serialisations / 100;
    assertEquals(forOne < 0.2, true, `${serialisations} serialisations for 100 recipients`);
  } finally {
    JSON.stringify = stringify;
  }
  assertEquals(others.every(({ transport }) => transport.messages.length === 2), true);
});
