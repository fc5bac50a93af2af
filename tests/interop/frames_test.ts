import { assertEquals } from "@std/assert";
import { frame, RawPeer } from "./frame.ts";
import { OurHub, ourTalker } from "./our_peer.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";
import type { Received } from "./talker.ts";

const isEnd = ({ content }: Received) => content === "end";
const contents = (messages: Received[]) => messages.map(({ content }) => content);

Deno.test("our hub drops what is no message, and keeps the connection", async () => {
  await using hub = await OurHub.start();
  await using mallory = await pythonTalker(hub.port, "mallory");
  await using python = await pythonTalker(hub.port, "python");
  await using ours = await ourTalker(hub.port, "ours");

  const from_client_id = "mallory";
  const rubbish = [
    "",
    " ",
    "not JSON",
    "null",
    "[]",
    '"text"',
    "{}",
    "[".repeat(100_000),
    '{"content":'.repeat(50_000),
    frame({ from_client_id }) + "}",
    frame({ from_client_id }).slice(0, -1),
    frame({ from_client_id, msg_id: undefined }),
    frame({ from_client_id: undefined }),
    frame({ from_client_id, to_client_id: undefined }),
    frame({ from_client_id, msg_type: undefined }),
    frame({ from_client_id, content: undefined }),
    frame({ from_client_id, timestamp: undefined }),
    frame({ from_client_id, msg_type: "audio" }),
    frame({ from_client_id, msg_type: "TEXT" }),
    frame({ from_client_id, msg_type: "" }),
    frame({ from_client_id, msg_type: null }),
    frame({ from_client_id, msg_type: 1 }),
    frame({ from_client_id, msg_type: ["text"] }),
    frame({ from_client_id, to_client_id: ["python"] }),
    frame({ from_client_id, to_client_id: null }),
    frame({ from_client_id: { id: "mallory" } }),
  ];
  for (const text of rubbish) await mallory.raw(text);
  await mallory.send("end", "text");
  for (const receiver of [python, ours]) assertEquals(contents(await receiver.receivedUpTo(isEnd)), ["end"]);
  assertEquals(await mallory.isConnected(), { flag: true, open: true });
});

Deno.test("our hub forwards a frame with an eighth key without it", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await using python = await pythonTalker(hub.port, "python");
  await using raw = await RawPeer.connect(hub.port);
  await raw.login("raw");

  // Python's Message(**data) takes exactly seven keys: with an eighth it would drop the message.
  const content = { same: [1.5, "中"], trace_id: "stays" };
  await alice.raw(frame({ from_client_id: "alice", msg_type: "dict", content, trace_id: "x", "": { a: [] } }));
  assertEquals((await python.received("dict")).content, content);
  assertEquals(Object.keys(JSON.parse(await raw.received('"dict"'))).sort(), [
    "content",
    "from_client_id",
    "msg_id",
    "msg_type",
    "oss_key",
    "timestamp",
    "to_client_id",
  ]);
});

Deno.test("our hub: of a key that comes twice the last counts, as in Python, and nobody is fooled by the first", async () => {
  await using hub = await OurHub.start();
  await using mallory = await pythonTalker(hub.port, "mallory");
  await using bob = await pythonTalker(hub.port, "bob");

  const first = frame({ from_client_id: "mallory", to_client_id: "bob", content: "as another" });
  await mallory.raw(first.replace("{", '{"from_client_id":"somebody else",'));
  await mallory.raw(first.replace(/}$/, ',"from_client_id":"somebody else"}'));
  await mallory.send("end", "text", "bob");
  const messages = await bob.receivedUpTo(isEnd);
  assertEquals(messages.map(({ fromClientId }) => fromClientId), ["mallory", "mallory"]);
});

Deno.test("our hub takes nothing from a connection before its login", async () => {
  await using hub = await OurHub.start();
  await using bob = await pythonTalker(hub.port, "bob");
  await using early = await PythonPeer.start({ role: "client", port: hub.port, clientId: "early" });
  await early.connect();

  await early.raw(frame({ from_client_id: "early", content: "to all" }));
  await early.raw(frame({ from_client_id: "early", to_client_id: "bob", content: "to bob" }));
  await early.raw(frame({ from_client_id: "bob", to_client_id: "server", msg_type: "logout", content: {} }));
  await early.raw(frame({ from_client_id: "early", to_client_id: "server", msg_type: "heartbeat", content: {} }));
  assertEquals(hub.server.getOnlineClients(), ["bob"]);

  // The same connection may log in all the same.
  await early.raw(frame({ from_client_id: "early", to_client_id: "server", msg_type: "login", content: {} }));
  await early.received("login_response");
  await early.send("end", "text");
  assertEquals(contents(await bob.receivedUpTo(isEnd)), ["end"]);
  assertEquals(hub.server.getOnlineClients().sort(), ["bob", "early"]);
});

Deno.test("our hub takes nothing under another client's id", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await using bob = await pythonTalker(hub.port, "bob");
  await using mallory = await pythonTalker(hub.port, "mallory");

  await mallory.raw(frame({ from_client_id: "alice", to_client_id: "bob", content: "as alice" }));
  await mallory.raw(frame({ from_client_id: "alice", content: "as alice to all" }));
  await mallory.raw(frame({ from_client_id: "server", to_client_id: "bob", content: "as the hub" }));
  await mallory.raw(frame({ from_client_id: "Mallory", to_client_id: "bob", content: "as somebody unknown" }));
  await mallory.raw(frame({ from_client_id: "alice", to_client_id: "server", msg_type: "logout", content: {} }));
  await mallory.send("end", "text");
  for (const receiver of [alice, bob]) assertEquals(contents(await receiver.receivedUpTo(isEnd)), ["end"]);
  assertEquals(hub.server.getOnlineClients().sort(), ["alice", "bob", "mallory"]);
});

Deno.test("our hub passes on no control message: a client cannot answer in the hub's place", async () => {
  await using hub = await OurHub.start();
  await using bob = await pythonTalker(hub.port, "bob");
  await using mallory = await pythonTalker(hub.port, "mallory");

  const forged = { from_client_id: "mallory", to_client_id: "bob" };
  await mallory.raw(frame({ ...forged, msg_type: "login_response", content: { status: "error" } }));
  await mallory.raw(
    frame({ ...forged, msg_type: "list_clients_response", content: '{"clients": [], "total_count": 0}' }),
  );
  await mallory.raw(frame({ ...forged, msg_type: "heartbeat", content: {} }));
  await mallory.send("end", "text");
  const messages = [];
  do messages.push(await bob.received(() => true)); while (messages.at(-1)!.content !== "end");
  assertEquals(messages.map(({ msgType }) => msgType), ["text"]);
  assertEquals(await bob.listed(true), { bob: "online", mallory: "online" });
});

Deno.test("nobody may log in as the hub or as everybody", async () => {
  await using hub = await OurHub.start();
  await using bob = await pythonTalker(hub.port, "bob");
  await using mallory = await PythonPeer.start({ role: "client", port: hub.port, clientId: "mallory" });
  await mallory.connect();

  for (const id of ["server", "all", ""]) {
    await mallory.raw(frame({ from_client_id: id, to_client_id: "server", msg_type: "login", content: {} }));
    const { content } = await mallory.received("login_response");
    assertEquals((content as { status: string }).status, "error", `login as ${JSON.stringify(id)}`);
    await mallory.raw(frame({ from_client_id: id, to_client_id: "bob", content: `as ${id}` }));
  }
  await mallory.raw(frame({ from_client_id: "mallory", to_client_id: "server", msg_type: "login", content: {} }));
  await mallory.received("login_response");
  await mallory.send("end", "text");
  assertEquals(contents(await bob.receivedUpTo(isEnd)), ["end"]);
  assertEquals(hub.server.getOnlineClients().sort(), ["bob", "mallory"]);
});
