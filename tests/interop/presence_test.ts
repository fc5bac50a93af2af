import { assert, assertEquals } from "@std/assert";
import { OurHub, OurPeer, ourTalker } from "./our_peer.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";
import type { Received } from "./talker.ts";
import { until } from "./until.ts";

const isEnd = ({ content }: Received) => content === "end";

/** Times in seconds: a hub that gives up on the silent, and clients that speak up well before. */
const TIMEOUT = 3;
const BEAT = 0.2;

Deno.test("our hub: Python's list of clients, through login, logout and a lost connection", async () => {
  const clientsFile = "from earlier:\n  last_seen: 1732250000.5\n  status: online\n";
  await using hub = await OurHub.start({ clientsFile });
  await using alice = await pythonTalker(hub.port, "alice");
  await using bob = await pythonTalker(hub.port, "bob");
  await using carol = await ourTalker(hub.port, "carol");

  const all = { "from earlier": "offline", alice: "online", bob: "online", carol: "online" };
  for (const talker of [alice, carol]) {
    assertEquals(await talker.listed(false), all);
    assertEquals(await talker.listed(true), { alice: "online", bob: "online", carol: "online" });
  }
  const list = await alice.listClients(false);
  assertEquals([list.total_count, list.only_show_online], [4, false]);
  for (const { client_id, last_heartbeat, login_time } of list.clients) {
    if (client_id === "from earlier") assertEquals([last_heartbeat, login_time], [1732250000.5, null]);
    else assert(Math.abs(Date.now() / 1000 - last_heartbeat) < 60 && login_time! <= last_heartbeat, client_id);
  }
  assertEquals(hub.server.getOnlineClients().sort(), ["alice", "bob", "carol"]);

  // Python's hub would show bob as online until its heartbeats run out.
  await bob.logout();
  await until("bob is offline", async () => (await carol.listed(false)).bob === "offline");
  assertEquals(await alice.listed(true), { alice: "online", carol: "online" });

  await alice.drop();
  assertEquals((await alice.closed()).code, 1006);
  await until("alice is offline", async () => (await carol.listed(false)).alice === "offline");

  // pywayne does not reconnect; a program that logs in again is a client like any other.
  await bob.login();
  await alice.login();
  assertEquals(await carol.listed(false), all);
  await carol.send("welcome back", "text");
  for (const peer of [alice, bob]) assertEquals((await peer.received("text")).content, "welcome back");
});

Deno.test("our hub: a Python client whose heartbeats stop goes offline, and comes back with them", async () => {
  await using hub = await OurHub.start({ heartbeatInterval: BEAT, heartbeatTimeout: TIMEOUT });
  await using alice = await PythonPeer.start({
    role: "client",
    port: hub.port,
    clientId: "alice",
    heartbeatInterval: BEAT,
  });
  await alice.login();
  await using bob = await OurPeer.start({ port: hub.port, clientId: "bob", heartbeatInterval: BEAT });

  await alice.stopHeartbeat();
  await until("alice is offline", async () => (await bob.listed(false)).alice === "offline");
  assertEquals(await bob.listed(true), { bob: "online" });
  assertEquals(hub.server.getOnlineClients(), ["bob"]);
  assertEquals(await alice.isConnected(), { flag: true, open: true });

  await alice.startHeartbeat();
  await until("alice is back", async () => (await bob.listed(true)).alice === "online");
  await bob.send("welcome back", "text", "alice");
  assertEquals((await alice.received("text")).content, "welcome back");
});

Deno.test("our hub: whoever sends is alive, heartbeats or not", async () => {
  await using hub = await OurHub.start({ heartbeatInterval: BEAT, heartbeatTimeout: TIMEOUT });
  await using alice = await PythonPeer.start({
    role: "client",
    port: hub.port,
    clientId: "alice",
    heartbeatInterval: BEAT,
  });
  await alice.login();
  await using bob = await OurPeer.start({ port: hub.port, clientId: "bob", heartbeatInterval: BEAT });

  await alice.stopHeartbeat();
  await until("alice is offline", async () => (await bob.listed(false)).alice === "offline");
  await alice.send("I am still here", "text", "bob");
  assertEquals((await bob.received("text")).content, "I am still here");
  assertEquals((await alice.listClients(true)).clients.map(({ client_id }) => client_id).sort(), ["alice", "bob"]);
});

Deno.test("our hub: a second login takes the id over, and the end of the first connection changes nothing", async () => {
  await using hub = await OurHub.start();
  await using watcher = await ourTalker(hub.port, "watcher");
  await using first = await pythonTalker(hub.port, "twin");
  await using second = await pythonTalker(hub.port, "twin");

  await first.drop();
  await first.closed();
  await watcher.send("for the twin", "text", "twin");
  assertEquals((await second.received("text")).content, "for the twin");
  assertEquals(await watcher.listed(false), { watcher: "online", twin: "online" });
  assertEquals(hub.server.getOnlineClients().sort(), ["twin", "watcher"]);

  await second.send("end", "text");
  assertEquals((await watcher.receivedUpTo(isEnd)).map(({ fromClientId }) => fromClientId), ["twin"]);
  await second.logout();
  await until("the twin is offline", async () => (await watcher.listed(false)).twin === "offline");
});

Deno.test("our hub: a connection whose id has been taken over no longer speaks for it", async () => {
  await using hub = await OurHub.start();
  await using watcher = await ourTalker(hub.port, "watcher");
  await using first = await pythonTalker(hub.port, "twin");
  await using second = await pythonTalker(hub.port, "twin");

  // The hub may have closed the first connection by now: then pywayne says that it could not send.
  await first.send("from the first", "text");
  await first.logout();
  await second.send("end", "text");
  assertEquals((await watcher.receivedUpTo(isEnd)).length, 1);
  assertEquals(await second.isConnected(), { flag: true, open: true });
  assertEquals(await watcher.listed(true), { watcher: "online", twin: "online" });
});

Deno.test("our client on the Python hub: its heartbeats keep it online, its logout ends it", async () => {
  await using hub = await PythonPeer.start({ role: "server", heartbeatInterval: BEAT, heartbeatTimeout: TIMEOUT });
  await using alice = await OurPeer.start({ port: hub.port, clientId: "alice", heartbeatInterval: BEAT });
  await using bob = await PythonPeer.start({
    role: "client",
    port: hub.port,
    clientId: "bob",
    heartbeatInterval: BEAT,
  });
  await bob.login();

  await bob.stopHeartbeat();
  await until("bob is offline", async () => (await alice.listed(false)).bob === "offline");
  // As much time has passed for alice, and more.
  assertEquals(await alice.listed(true), { alice: "online" });
  const list = await alice.client.listClients({ onlyShowOnline: false });
  assertEquals([list.totalCount, list.onlyShowOnline], [2, false]);
  for (const { clientId, lastHeartbeat, loginTime } of list.clients) {
    assert(Math.abs(Date.now() / 1000 - lastHeartbeat) < 60 && loginTime! <= lastHeartbeat, clientId);
  }

  await alice.logout();
  await until("the Python hub has noticed", async () => (await hub.getOnlineClients()).length === 0);
  await alice.client.login();
  assertEquals(await hub.getOnlineClients(), ["alice"]);
  await alice.client.stop();
  await until("the Python hub has noticed", async () => (await hub.getOnlineClients()).length === 0);
});

Deno.test("our hub lets a Python client in whose address has a name and a password in it", async () => {
  await using hub = await OurHub.start();
  // pywayne hands on `ip` as it is, so this is how an unchanged Python client proves who it is.
  await using alice = await PythonPeer.start({ role: "client", ip: "alice:secret@127.0.0.1", port: hub.port });
  await alice.login();
  assertEquals(hub.server.getOnlineClients(), [alice.clientId]);
});
