import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { bareHub, type FakeClient } from "../support/fake_transport.ts";
import type { Frame } from "../support/frame.ts";

/** The hub's answers to logins on this connection. */
function answers({ transport }: FakeClient): Frame[] {
  return transport.sent.filter(({ msg_type }) => msg_type === "login_response");
}

function texts({ transport }: FakeClient): unknown[] {
  return transport.messages.map(({ content }) => content);
}

Deno.test("whoever logs in is told so, in the words of Python's hub", async () => {
  await using test = await bareHub();
  const ann = test.login("ann");
  const [{ text: _text, msg_id, timestamp, content, ...rest }] = answers(ann) as [Frame];

  assertEquals(rest, { from_client_id: "server", to_client_id: "ann", msg_type: "login_response", oss_key: null });
  assertEquals(content.status, "success");
  assertMatch(msg_id, /^server_\d{13}_[0-9a-f]{8}$/);
  assertEquals(typeof timestamp, "number");
  assertEquals(test.hub.onlineClients(), ["ann"]);
});

Deno.test("nothing counts before the login", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const ann = test.login("ann");
  const heard: unknown[] = [];
  test.hub.listeners.decorator({})((message) => heard.push(message));

  for (const msg_type of ["text", "logout", "heartbeat", "list_clients"]) {
    const stranger = test.connect("stranger");
    stranger.send({ msg_type, to_client_id: "all" });
    assertEquals(stranger.transport.sent, []);
    assertStringIncludes(await log.next("warning", "fake"), `rejected a ${msg_type} frame: it has not logged in`);
  }
  assertEquals(ann.transport.messages, []);
  assertEquals(heard, []);
  assertEquals(test.hub.clientLists.list(false).clients.map(({ clientId }) => clientId), ["ann"]);
});

Deno.test("a connection speaks for its own id alone", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const [ann, bob, mallory] = [test.login("ann"), test.login("bob"), test.login("mallory")];

  mallory.send({ from_client_id: "ann", to_client_id: "bob", content: "forged" });
  mallory.send({ from_client_id: "server", to_client_id: "bob", content: "forged" });
  mallory.send({ from_client_id: "ann", msg_type: "logout" });
  mallory.send({ to_client_id: "bob", content: "own" });

  assertEquals(texts(bob), ["own"]);
  assertEquals(test.hub.onlineClients(), ["ann", "bob", "mallory"]);
  assertEquals(ann.transport.closed, undefined);
  assertStringIncludes(await log.next("warning: mallory"), 'rejected a text frame: it says that it is from "ann"');
});

Deno.test("a second id on one connection is refused, and the first stays", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  ann.send({ from_client_id: "ann2", msg_type: "login", content: {} });
  ann.send({ to_client_id: "bob", content: "still here" });

  const refusal = answers(ann)[1]!;
  assertEquals([refusal.to_client_id, refusal.content.status, refusal.content.code], ["ann2", "error", "second_id"]);
  assertStringIncludes(refusal.content.reason, "logged in as ann");
  assertEquals(texts(bob), ["still here"]);
  assertEquals(test.hub.onlineClients(), ["ann", "bob"]);
});

Deno.test("after a logout a connection can log in again, under another id too", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  ann.send({ msg_type: "logout" });
  ann.send({ from_client_id: "ann2", msg_type: "login" });
  bob.send({ to_client_id: "ann2", content: "hello again" });

  assertEquals(test.hub.onlineClients(), ["bob", "ann2"]);
  assertEquals(texts(ann), ["hello again"]);
});

Deno.test("a login again on the same connection changes nothing", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  ann.send({ msg_type: "login" });
  bob.send({ to_client_id: "ann", content: "once" });

  assertEquals(answers(ann).map(({ content }) => content.status), ["success", "success"]);
  assertEquals(texts(ann), ["once"]);
  assertEquals(ann.transport.closed, undefined);
});

Deno.test("an id that cannot be one is refused with the reason, and the connection lives on", async () => {
  await using test = await bareHub();
  const bad: [id: string, code: string, reason: string][] = [
    ["", "invalid_id", "1 to 256 characters"],
    ["  ", "invalid_id", "1 to 256 characters"],
    ["a\nb", "invalid_id", "control character"],
    ["a\u0000", "invalid_id", "control character"],
    ["a\u0085", "invalid_id", "control character"],
    ["x".repeat(257), "invalid_id", "1 to 256 characters"],
    ["\ud800", "invalid_id", "1 to 256 characters"],
    ["server", "reserved_id", "the id server has a meaning of its own"],
    ["all", "reserved_id", "the id all has a meaning of its own"],
  ];
  for (const [id, code, reason] of bad) {
    const client = test.login(id);
    const { content } = answers(client)[0]!;
    assertEquals([content.status, content.code], ["error", code], JSON.stringify(id));
    assertStringIncludes(content.reason, reason);
    assertEquals(test.hub.onlineClients(), []);
    assertEquals(client.transport.closed, undefined);

    client.send({ from_client_id: "good", msg_type: "login" });
    assertEquals(answers(client)[1]!.content.status, "success");
    client.send({ from_client_id: "good", msg_type: "logout" });
  }
  assertEquals(test.hub.clientLists.list(false).clients.map(({ clientId }) => clientId), ["good"]);
});

Deno.test("ids in any script, with spaces and signs, are good", async () => {
  await using test = await bareHub();
  const ids = [
    "客户端 1",
    "a b",
    'quo"te',
    "Ωmega",
    "😀",
    "x".repeat(256),
    "__proto__",
    "constructor",
    "123",
    "ALL",
    "null",
  ];
  for (const id of ids) assertEquals(answers(test.login(id))[0]!.content.status, "success", id);

  assertEquals(test.hub.onlineClients(), ids);
  for (const id of ids) assertEquals(await test.sendOwn(id, id), "sent");
});

Deno.test("a second login takes the name over; the first connection is closed and counts no more", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const [first, bob] = [test.login("ann"), test.login("bob")];
  const second = test.login("ann");
  assertEquals(first.transport.closed?.code, 4101);
  assertStringIncludes(first.transport.closed!.reason, "another login under the same id");
  assertStringIncludes(await log.next("warning", "ann has logged in again"), "its connection from fake is closed");

  first.send({ to_client_id: "bob", content: "from the grave" });
  first.send({ msg_type: "logout" });
  first.connection.closed();
  bob.send({ to_client_id: "ann", content: "to the second" });

  assertEquals(texts(bob), []);
  assertEquals(texts(second), ["to the second"]);
  assertEquals(test.hub.onlineClients().toSorted(), ["ann", "bob"]);
});

Deno.test("logins of Python, Java and Swift let in all the same", async () => {
  await using test = await bareHub();
  for (const content of [{}, "{}", null, "garbage", "", 5, [], { protocol: 2 }, { limits: null }]) {
    assertEquals(answers(test.login("ann", content))[0]!.content.status, "success", JSON.stringify(content));
  }
});

Deno.test("frames that only a hub sends are rejected", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const bob = test.login("bob");
  for (const msg_type of ["login_response", "list_clients_response"]) {
    test.login("ann").send({ msg_type, to_client_id: "bob" });
    await log.next("ann", `rejected a ${msg_type} frame: only the hub sends these`);
  }
  assertEquals(bob.transport.messages, []);
});

Deno.test("the answer to a login under an endless id is no larger than what a deployed SDK takes", async () => {
  await using test = await bareHub();
  const { transport } = test.login("x".repeat(2 * 1024 * 1024));
  assertEquals(transport.sent[0]!.text.length < 1024 * 1024, true);
});

Deno.test("a login that comes while the hub stops is not let in", async () => {
  await using test = await bareHub();
  const early = test.connect("early");
  await test.hub.stop();
  early.send({ msg_type: "login" });
  const late = test.login("late");

  assertEquals(test.hub.onlineClients(), []);
  assertEquals([...answers(early), ...answers(late)], []);
  assertEquals(late.transport.closed?.code, 4000);
});

Deno.test("a connection whose name was taken over does not take it back", async () => {
  await using test = await bareHub();
  const first = test.login("bob");
  const second = test.login("bob");
  first.send({ msg_type: "login" });
  assertEquals([first.transport.closed?.code, second.transport.closed], [4101, undefined]);
});
