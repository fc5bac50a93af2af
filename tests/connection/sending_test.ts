import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CrossCommClient, CrossCommError } from "../../client.ts";
import { fakeHub, likePython } from "../support/fake_hub.ts";
import { until } from "../support/inbox.ts";
import { TcpHub } from "../support/tcp_hub.ts";

const MIB = 1024 * 1024;
const roomy = { status: "success", limits: { frame_bytes: 64 * MIB } };

async function loggedIn(port: number, heartbeatInterval?: number): Promise<CrossCommClient> {
  const client = new CrossCommClient({ port, clientId: "ann", heartbeatInterval, reconnect: false });
  await client.login();
  return client;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, CrossCommError)).code;
}

Deno.test("a message is on the wire in Python's words, and its receipt has its id", async () => {
  await using hub = fakeHub();
  await using ann = await loggedIn(hub.port);
  const cases: [content: unknown, type: string, onTheWire: unknown][] = [
    ["hello", "text", "hello"],
    [{ a: [1] }, "json", '{"a":[1]}'],
    ['{"a": 1.0}', "json", '{"a": 1.0}'],
    [{ a: [1] }, "dict", { a: [1] }],
    [new Uint8Array([104, 105]), "bytes", "aGk="],
  ];
  for (const [content, type, onTheWire] of cases) {
    const receipt = await ann.sendMessage(content as string, type as "text", { toClientId: "bob" });
    const { text, timestamp, ...frame } = await hub.inbox.next(({ msg_type }) => msg_type === type);

    assertEquals(receipt, { msgId: frame.msg_id, status: "sent" });
    assertEquals(frame, {
      ...{ msg_id: frame.msg_id, from_client_id: "ann", to_client_id: "bob", msg_type: type, oss_key: null },
      content: onTheWire,
    });
    assert(Math.abs(timestamp - Date.now() / 1000) < 3600, "the time is in seconds");
    assertEquals(Object.keys(JSON.parse(text)).length, 7);
  }
  await ann.sendMessage("to whom?", "text");
  assertEquals((await hub.inbox.next(({ msg_type }) => msg_type === "text")).to_client_id, "all");
});

Deno.test("what cannot be sent is refused, and nothing of it reaches the wire", async () => {
  await using hub = fakeHub();
  await using ann = await loggedIn(hub.port);
  const send = (content: unknown, type: string, toClientId = "bob") =>
    codeOf(ann.sendMessage(content as string, type as "text", { toClientId }));

  for (const type of ["text", "bytes", "dict"]) assertEquals(await send(5, type), "INVALID_CONTENT");
  assertEquals(await send("{", "json"), "INVALID_CONTENT");
  assertEquals(await send({ a: NaN }, "dict"), "INVALID_CONTENT");
  assertEquals(await send("hi", "video"), "INVALID_ARGUMENT");
  assertEquals(await send("hi", "heartbeat"), "INVALID_ARGUMENT");
  assertEquals(await send("hi", "text", ""), "INVALID_ARGUMENT");
  const here = import.meta.filename!;
  for (const type of ["file", "image", "folder"]) assertEquals(await send(`${here}.not`, type), "FILE_NOT_FOUND");
  assertEquals(await send(here, "folder"), "FILE_UNREADABLE");
  assertEquals(await send(here, "file"), "STORAGE_NOT_CONFIGURED"); // this hub carries no store, as Python's
  assertEquals(await codeOf(ann.sendMessage("hi", "text", { signal: AbortSignal.abort() })), "ABORTED");

  await ann.sendMessage("good", "text");
  await hub.inbox.next(({ content }) => content === "good");
  const others = hub.inbox.drain().map(({ msg_type }) => msg_type);
  assertEquals(others.filter((type) => type !== "login" && type !== "heartbeat"), []);
});

Deno.test("nothing can be sent or asked for before the login and after the logout", async () => {
  await using hub = fakeHub();
  await using ann = new CrossCommClient({ port: hub.port });
  assertEquals(await codeOf(ann.sendMessage("hi", "text")), "NOT_CONNECTED");
  assertEquals(await codeOf(ann.listClients()), "NOT_CONNECTED");
  await ann.login();
  await ann.logout();
  assertEquals(await codeOf(ann.sendMessage("hi", "text")), "NOT_CONNECTED");
  assertEquals(await codeOf(ann.listClients()), "NOT_CONNECTED");
});

Deno.test("towards a hub that announces no limits a message over 1 MiB is refused before it is sent", async () => {
  await using hub = fakeHub();
  await using ann = await loggedIn(hub.port);
  for (const content of ["x".repeat(MIB), "é".repeat(MIB / 2), "\n".repeat(MIB / 2)]) {
    const error = await assertRejects(() => ann.sendMessage(content, "text"), CrossCommError);
    assertEquals(error.code, "MESSAGE_TOO_LARGE");
    assertStringIncludes(error.message, "1048576 bytes");
  }
  await ann.sendMessage("x".repeat(MIB - 1000), "text");
  assertEquals((await hub.inbox.next(({ msg_type }) => msg_type === "text")).content.length, MIB - 1000);
});

Deno.test("towards a hub that announces its limit that one counts", async () => {
  for (const limits of [{ frame_bytes: 2000 }, { frame_bytes: 3 * MIB }]) {
    await using hub = fakeHub((frame, connection) => {
      if (frame.msg_type !== "login") return;
      connection.send({ msg_type: "login_response", content: { status: "success", limits } });
    });
    await using ann = await loggedIn(hub.port);
    assertEquals(await codeOf(ann.sendMessage("x".repeat(limits.frame_bytes), "text")), "MESSAGE_TOO_LARGE");
    await ann.sendMessage("x".repeat(limits.frame_bytes - 1000), "text");
    await hub.inbox.next(({ msg_type }) => msg_type === "text");
  }
});

Deno.test("sending 200 MB to who does not read waits, and goes on when it is read", async () => {
  using hub = new TcpHub(roomy);
  const ann = await loggedIn(hub.port);
  const content = "x".repeat(MIB);
  let sent = 0;
  const sending = (async () => {
    for (; sent < 200; sent++) await ann.sendMessage(content, "text");
  })();

  let seen = -1, lastChange = 0;
  await until(() => {
    if (sent !== seen) [seen, lastChange] = [sent, performance.now()];
    return performance.now() - lastChange > 250;
  }, "sending waits");
  assert(sent < 50, `${sent} MiB wait to be sent`);

  const read = hub.read(200 * MIB);
  await sending;
  assert(await read >= 200 * MIB);
  hub.hangUp();
  await assertRejects(() => ann.finished, CrossCommError);
});

Deno.test("a signal ends the wait for who does not read: ABORTED", async () => {
  using hub = new TcpHub(roomy);
  const ann = await loggedIn(hub.port);
  const abort = new AbortController();
  const sending = codeOf((async () => {
    for (;;) await ann.sendMessage("x".repeat(8 * MIB), "text", { signal: abort.signal });
  })());
  setTimeout(() => abort.abort(), 100);
  assertEquals(await sending, "ABORTED");
  hub.hangUp();
  await assertRejects(() => ann.finished, CrossCommError);
});

Deno.test("messages sent at once, without waiting for one another, arrive in order", async () => {
  await using hub = fakeHub();
  await using ann = await loggedIn(hub.port);
  await Promise.all(Array.from({ length: 500 }, (_, i) => ann.sendMessage(String(i), "text")));
  for (let i = 0; i < 500; i++) {
    assertEquals((await hub.inbox.next(({ msg_type }) => msg_type === "text")).content, String(i));
  }
});

Deno.test("what was sent before a logout arrives", async () => {
  await using hub = fakeHub();
  const ann = await loggedIn(hub.port);
  for (let i = 0; i < 20; i++) ann.sendMessage("x".repeat(500_000), "text");
  await ann.logout();
  for (let i = 0; i < 20; i++) await hub.inbox.next(({ msg_type }) => msg_type === "text");
});

Deno.test("once the hub has ended the connection nothing can be sent: NOT_CONNECTED", async () => {
  await using hub = fakeHub((frame, connection) => {
    likePython(frame, connection);
    if (frame.content === "bye") connection.close();
  });
  const ann = await loggedIn(hub.port);
  await ann.sendMessage("bye", "text");
  await assertRejects(() => ann.finished, CrossCommError);
  assertEquals(await codeOf(ann.sendMessage("hi", "text")), "NOT_CONNECTED");
});

Deno.test("heartbeats while a hub takes its time to answer the logout do not end the program", async () => {
  using hub = new TcpHub(roomy);
  const ann = await loggedIn(hub.port, 0.02);
  await ann.logout();
});

Deno.test(
  "a message that still waits when the connection breaks is not said to be sent: CONNECTION_LOST",
  async () => {
    using hub = new TcpHub(roomy);
    const ann = await loggedIn(hub.port);
    const sending = codeOf(ann.sendMessage("x".repeat(60 * MIB), "text"));
    await hub.read(MIB);
    hub.hangUp();
    assertEquals(await sending, "CONNECTION_LOST");
  },
);
