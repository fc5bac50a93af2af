import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type AnyMessage, CrossCommClient, type CrossCommClientOptions, CrossCommError } from "../../client.ts";
import { captureLog } from "../support/captured_log.ts";
import { frame } from "../support/frame.ts";
import { Inbox } from "../support/inbox.ts";
import { deliverAll, type LinesConnection, type LinesHub, linesHub } from "../support/lines_hub.ts";

async function loggedIn(
  hub: LinesHub,
  options: CrossCommClientOptions = {},
): Promise<{ ann: CrossCommClient; connection: LinesConnection }> {
  const ann = new CrossCommClient({ port: hub.port, clientId: "ann", ...options });
  await ann.login();
  return { ann, connection: await hub.connections.next() };
}

/** What a client hears, as texts. */
function heardBy(client: CrossCommClient): Inbox<AnyMessage["content"]> {
  const inbox = new Inbox<AnyMessage["content"]>();
  client.messageListener()(({ content }) => inbox.push(content));
  return inbox;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, CrossCommError)).code;
}

Deno.test("a login offers version 2, with the token where there is one", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub, { token: "secret" });
  assertEquals(connection.offer, { protocol: 2, limits: { frame_bytes: 64 * 1024 * 1024 }, token: "secret" });
  assertEquals([ann.protocol, ann.isConnected], [2, true]);
  await ann.logout();
  assertEquals([ann.protocol, ann.isConnected], [undefined, false]);
});

Deno.test("a token in the address is offered, and shown nowhere", async () => {
  await using hub = linesHub();
  await using ann = new CrossCommClient({ url: `ws://me:sec%2Fret@127.0.0.1:${hub.port}`, clientId: "ann" });
  await ann.login();
  assertEquals((await hub.connections.next()).offer.token, "sec/ret");
  assertEquals(ann.url, `ws://127.0.0.1:${hub.port}`);
  const nowhere = new CrossCommClient({ url: "ws://me:secret@127.0.0.1:1" });
  const error = await assertRejects(() => nowhere.login(), CrossCommError);
  assertEquals(error.code, "CONNECTION_REFUSED");
  assertEquals(Deno.inspect(error).includes("secret"), false);
});

Deno.test("what one turn sends is one frame, numbered from 1 on, and each message gets its receipt", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const sends = ["bob", "all", "eve", "server"].map((toClientId) => ann.sendMessage("hi", "text", { toClientId }));
  for (const number of [1, 2, 3, 4]) assertEquals((await connection.items.next()).number, number);
  assertEquals(connection.headers.drain(), [{ seq: 1 }]);
  connection.receipt(1, { delivered: [[1, 1], [4, 4]], reached: [[2, 5]], stored: [[3, 3]] });
  assertEquals((await Promise.all(sends)).map(({ status, recipients }) => [status, recipients]), [
    ["delivered", undefined],
    ["sent", 5],
    ["stored", undefined],
    ["delivered", undefined],
  ]);
  await ann.logout();
});

Deno.test("a message is acknowledged when the listeners have been handed it, in the frame with what they answer", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  ann.messageListener()(({ content }) => {
    ann.sendMessage(`re: ${content}`, "text", { toClientId: "bob" }).catch(() => {});
  });
  connection.send({ seq: 1 }, { content: "1" }, { content: "2" });
  assertEquals((await connection.items.next()).content, "re: 1");
  assertEquals(connection.headers.drain(), [{ seq: 1, ack: 2 }]);
  connection.receipt(3, { delivered: [[1, 2]] });
  await ann.logout();
});

Deno.test("once it has spoken, an acknowledgement that goes alone asks for an answer, without which the system may hold back what comes next", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const heard = heardBy(ann);
  connection.send({ seq: 1 }, { content: "a question" });
  assertEquals(await heard.next(), "a question");
  assertEquals(await connection.headers.next(), { ack: 1 });
  const answer = ann.sendMessage("an answer", "text", { toClientId: "bob" });
  assertEquals(await connection.headers.next(), { seq: 1 });
  connection.send({ seq: 2, ack: 1 }, { content: "another" });
  assertEquals(await heard.next(), "another");
  assertEquals(await connection.headers.next(), { ack: 2, ping: true });
  connection.receipt(3, { delivered: [[1, 1]] });
  await answer;
  await ann.logout();
});

Deno.test("what nobody waits for is acknowledged too, and a ping is answered", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  connection.receipt(1, {});
  assertEquals(await connection.headers.next(), { ack: 1 });
  connection.send({ ping: true });
  assertEquals(await connection.headers.next(), { ack: 1 });
  await ann.logout();
});

Deno.test("a client that has nothing to say pings", async () => {
  await using hub = linesHub(undefined, undefined);
  const { ann, connection } = await loggedIn(hub, { heartbeatInterval: 0.02 });
  for (let n = 0; n < 3; n++) {
    assertEquals(await connection.headers.next(), { ack: 0, ping: true });
    connection.send({ ack: 0 });
  }
  await ann.logout();
});

Deno.test("a message that comes twice is handed on once, and acknowledged both times", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const heard = heardBy(ann);
  connection.send({ seq: 1 }, { msg_id: "1", content: "once" });
  connection.send({ seq: 2 }, { msg_id: "1", content: "once" }, { msg_id: "1", from_client_id: "eve", content: "eve" });
  connection.send({ seq: 2 }, { msg_id: "2", content: "an item that was there" });
  connection.send({ seq: 3 }, { msg_id: "2", content: "as well" }, { msg_id: "3", content: "new" });
  assertEquals([await heard.next(), await heard.next(), await heard.next()], ["once", "eve", "new"]);
  await connection.headers.next(({ ack }) => ack === 4);
  assertEquals(heard.drain(), []);
  await ann.logout();
});

Deno.test("items without a number follow on those before", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const heard = heardBy(ann);
  connection.send({ seq: 1 }, { content: "one" }, { content: "two" });
  connection.send({}, { content: "three" });
  connection.send({ seq: 3 }, { content: "three, again" }, { content: "four" });
  connection.send({ ack: 0 }, { content: "five" });
  const contents = [];
  for (let count = 0; count < 5; count++) contents.push(await heard.next());
  assertEquals(contents, ["one", "two", "three", "four", "five"]);
  await connection.headers.next(({ ack }) => ack === 5);
  await ann.logout();
});

Deno.test("an item that cannot be read costs nothing but itself", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const heard = heardBy(ann);
  connection.sendText('{"seq":1}\nrubbish\n{}');
  connection.send({ seq: 3 }, { msg_type: "dict", content: "no dict" }, { msg_type: "heartbeat" }, { content: "good" });
  assertEquals(await heard.next(), "good");
  await connection.headers.next(({ ack }) => ack === 5);
  await ann.logout();
});

for (
  const [what, breaks] of [
    ["a gap in its numbers", (hub) => hub.send({ seq: 2 }, {})],
    ["first items without a number", (hub) => hub.send({}, {})],
    ["an acknowledgement of what was never sent", (hub) => hub.send({ ack: 5 })],
    ["a frame without a header", (hub) => hub.sendText("hello")],
    ["an empty frame", (hub) => hub.sendText("")],
    ["a frame of version 1", (hub) => hub.sendText(frame({ from_client_id: "bob", to_client_id: "ann" }))],
  ] as [string, (hub: LinesConnection) => void][]
) {
  Deno.test(`a hub that breaks the protocol is left with 4102, and begun with anew: ${what}`, async () => {
    await using log = await captureLog();
    await using hub = linesHub(undefined, deliverAll());
    const { ann, connection } = await loggedIn(hub);
    const statuses = ann.status();
    assertEquals((await statuses.next()).value?.state, "online");
    breaks(connection);
    assertEquals(await connection.closed, 4102);
    const { value: status } = await statuses.next();
    assert(status?.state === "lost");
    assertEquals(status.reason.code, "WRONG_PROTOCOL");
    assertStringIncludes(status.reason.message, "the hub does not keep to the protocol");
    assertStringIncludes(await log.next("the hub does not keep to the protocol"), "warning: ann: ");
    const { offer } = await hub.connections.next();
    assertEquals(offer.resume, undefined);
    assertEquals((await ann.sendMessage("hi", "text", { toClientId: "bob" })).status, "delivered");
    await ann.stop();
  });
}

Deno.test("a frame is no larger than the hub accepts, and neither is a message", async () => {
  await using hub = linesHub(() => ({ limits: { frame_bytes: 10_000 } }), deliverAll());
  const { ann, connection } = await loggedIn(hub);
  const texts = Array.from({ length: 50 }, (_, index) => `${index} ${"é".repeat(1000)}`);
  await Promise.all(texts.map((text) => ann.sendMessage(text, "text", { toClientId: "bob" })));
  const items = await Promise.all(texts.map(() => connection.items.next()));
  assertEquals(items.map(({ content, number }) => [content, number]), texts.map((text, index) => [text, index + 1]));
  assert(connection.headers.drain().length >= 10);
  assertEquals(await codeOf(ann.sendMessage("é".repeat(5000), "text", { toClientId: "bob" })), "MESSAGE_TOO_LARGE");
  assertEquals((await ann.sendMessage("x".repeat(9000), "text", { toClientId: "bob" })).status, "delivered");
  await ann.logout();
});

Deno.test("the hub has no more than 10,000 messages without a receipt", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const sends = Array.from({ length: 10_002 }, (_, n) => ann.sendMessage(String(n), "text", { toClientId: "bob" }));
  const all = Promise.all(sends);
  await connection.items.next(({ number }) => number === 10_000);
  connection.send({ ping: true });
  await connection.headers.next(({ ack }) => ack !== undefined);
  assertEquals(connection.items.drain().length, 9_999);
  connection.receipt(1, { delivered: [[1, 10_000]] });
  await connection.items.next(({ number }) => number === 10_002);
  connection.receipt(2, { delivered: [[10_001, 10_002]] });
  assertEquals((await all).length, 10_002);
  await ann.logout();
});

Deno.test("a logout waits for receipts, acknowledges, says so and closes with 1000", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const heard = heardBy(ann);
  const sending = ann.sendMessage("last words", "text", { toClientId: "bob" });
  await connection.items.next();
  const leaving = ann.logout();
  assertEquals(await codeOf(ann.sendMessage("too late", "text")), "NOT_CONNECTED");
  connection.send({ seq: 1 }, { content: "wait" });
  assertEquals(await heard.next(), "wait");
  assertEquals(connection.items.drain(), []);
  connection.receipt(2, { delivered: [[1, 1]] });
  assertEquals((await sending).status, "delivered");
  const { msg_type, number } = await connection.items.next();
  assertEquals([msg_type, number], ["logout", 2]);
  await connection.headers.next(({ seq, ack }) => seq === 2 && ack === 2);
  assertEquals(await connection.closed, 1000);
  await leaving;
});

Deno.test("the key to the store is renewed by an item", async () => {
  const storage = { bucket: "b", access_key_id: "id", access_key_secret: "s" };
  let asked = 0;
  await using hub = linesHub(
    () => ({ storage: { ...storage, expires: 1732250000 } }),
    ({ msg_type, content }, connection) => {
      if (msg_type !== "login") return;
      assertEquals(content, {});
      const answer = { status: "success", storage: { ...storage, access_key_id: "new", expires: 1732250000 + 3600 } };
      connection.send({ seq: ++asked }, { from_client_id: "server", msg_type: "login_response", content: answer });
    },
  );
  const { ann } = await loggedIn(hub);
  const sending = ann.sendMessage(import.meta.filename!, "file"); // the fake hub carries no store, but is asked
  await assertRejects(() => sending, CrossCommError);
  assertEquals(asked, 1);
  await ann.stop();
});

Deno.test("a client hears of messages that were stored and are lost, each once", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const lost = ann.undelivered();
  const notice = (msg_id: string, code: string, of: string) => ({
    ...{ msg_id, from_client_id: "server", msg_type: "error" },
    content: { code, reason: "why", msg_id: of, to_client_id: "bob" },
  });
  connection.send(
    { seq: 1 },
    notice("1", "expired", "m1"),
    notice("1", "expired", "m1"),
    notice("2", "too_large", "m2"),
    notice("3", "lightning", "m3"),
    { ...notice("4", "", ""), content: {} }, // of which nothing can be told
  );
  await ann.logout();
  const heard = await Array.fromAsync(lost);
  assertEquals(heard.map(({ msgId, toClientId, error }) => [msgId, toClientId, error.code]), [
    ["m1", "bob", "EXPIRED"],
    ["m2", "bob", "MESSAGE_TOO_LARGE"],
    ["m3", "bob", "REFUSED"],
  ]);
  assertStringIncludes(heard[0]!.error.message, "the message m1 to bob was stored, and is lost: why");
});

Deno.test("what is lost is in the log where nobody wants to hear of it", async () => {
  await using log = await captureLog();
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const content = { code: "expired", reason: "why", msg_id: "m1", to_client_id: "bob" };
  connection.send({ seq: 1 }, { from_client_id: "server", msg_type: "error", content });
  await log.next("warning: the message m1 to bob was stored, and is lost: why");
  await ann.logout();
});
