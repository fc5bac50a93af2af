import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type ClientStatus, CrossCommClient, type CrossCommClientOptions, CrossCommError } from "../../client.ts";
import { fakeHub, likePython } from "../support/fake_hub.ts";
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

function send(client: CrossCommClient, content: string, options = {}): Promise<string> {
  return client.sendMessage(content, "text", { toClientId: "bob", ...options }).then(({ status }) => status);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, CrossCommError)).code;
}

/** Collects what a client says of its connection. */
function statusesOf(client: CrossCommClient): { inbox: Inbox<ClientStatus>; ended: Promise<void> } {
  const inbox = new Inbox<ClientStatus>();
  const ended = (async () => {
    for await (const status of client.status()) inbox.push(status);
  })();
  return { inbox, ended };
}

/** The next `count` items, as number and content. */
async function itemsOf(connection: LinesConnection, count: number): Promise<[number, unknown][]> {
  const items: [number, unknown][] = [];
  while (items.length < count) {
    const { number, content } = await connection.items.next();
    items.push([number, content]);
  }
  return items;
}

Deno.test("a session that is resumed goes on under the same numbers: nothing is lost, nothing comes twice", async () => {
  const resumes = { session: "session 1", resumed: true, received: 2 };
  await using hub = linesHub((nth) => nth === 2 ? resumes : {});
  const { ann, connection: first } = await loggedIn(hub);
  const heard = new Inbox<unknown>();
  ann.messageListener()(({ content }) => heard.push(content));
  const sends = ["1", "2", "3", "4"].map((content) => send(ann, content));
  await itemsOf(first, 4);
  first.receipt(1, { delivered: [[1, 1]] });
  first.send({ seq: 2 }, { content: "a" }, { content: "b" });
  assertEquals([await heard.next(), await heard.next()], ["a", "b"]);
  first.close(4000);

  const second = await hub.connections.next();
  assertEquals(second.offer.resume, { session: "session 1", received: 3 });
  assertEquals(await itemsOf(second, 2), [[3, "3"], [4, "4"]]);
  second.send({ seq: 3 }, { content: "b" }, { content: "c" });
  assertEquals(await heard.next(), "c");
  second.receipt(5, { delivered: [[2, 2]], stored: [[3, 4]] });
  assertEquals(await Promise.all(sends), ["delivered", "delivered", "stored", "stored"]);
  const later = send(ann, "5");
  assertEquals(await itemsOf(second, 1), [[5, "5"]]);
  second.receipt(6, { delivered: [[5, 5]] });
  assertEquals(await later, "delivered");
  await ann.logout();
});

Deno.test("where the hub cannot go on, what has no receipt is sent again: in order, under the same ids", async () => {
  await using hub = linesHub();
  const { ann, connection: first } = await loggedIn(hub);
  const sends = ["1", "2", "3"].map((content) => send(ann, content));
  const before = [await first.items.next(), await first.items.next(), await first.items.next()];
  first.receipt(1, { delivered: [[2, 2]] });
  await sends[1];
  const listing = codeOf(ann.listClients());
  await first.items.next(({ msg_type }) => msg_type === "list_clients");
  first.close(4000);
  const second = await hub.connections.next();
  assertEquals(await listing, "CONNECTION_LOST");
  const again = [await second.items.next(), await second.items.next()];
  assertEquals(again.map(({ number, msg_id, text }) => [number, msg_id, text]), [
    [1, before[0]!.msg_id, before[0]!.text],
    [2, before[2]!.msg_id, before[2]!.text],
  ]);
  second.receipt(1, { stored: [[1, 2]] });
  assertEquals(await Promise.all(sends), ["stored", "delivered", "stored"]);
  await ann.logout();
});

Deno.test("a hub that has forgotten what it had acknowledged is begun with anew", async () => {
  const forgetful = { session: "session 1", resumed: true, received: 0 };
  await using hub = linesHub((nth) => nth === 2 ? forgetful : {}, (item, connection) => {
    if (item.content === "2") connection.receipt(1, { delivered: [[1, 1]] });
  });
  const { ann, connection: first } = await loggedIn(hub);
  const sending = send(ann, "1");
  await first.items.next();
  first.send({ ack: 1 });
  first.send({ ping: true });
  await first.headers.next(({ ack }) => ack === 0);
  first.close(4000);
  const second = await hub.connections.next();
  assertEquals(await second.closed, 4102);
  const third = await hub.connections.next();
  assertEquals(third.offer.resume, undefined);
  assertEquals(await itemsOf(third, 1), [[1, "1"]]);
  third.receipt(1, { delivered: [[1, 1]] });
  assertEquals(await sending, "delivered");
  await ann.logout();
});

Deno.test("what is sent while the connection is lost waits, or fails at once, as asked", async () => {
  await using hub = linesHub(undefined, deliverAll());
  const { ann, connection } = await loggedIn(hub);
  const { inbox } = statusesOf(ann);
  connection.close(4000);
  await inbox.next(({ state }) => state === "lost");
  assertEquals(ann.isConnected, false);
  assertEquals(await codeOf(send(ann, "now or never", { whenDisconnected: "fail" })), "NOT_CONNECTED");
  const abort = new AbortController();
  const given = codeOf(send(ann, "given up", { signal: abort.signal }));
  abort.abort();
  assertEquals(await given, "ABORTED");
  assertEquals(await Promise.all([send(ann, "1"), send(ann, "2")]), ["delivered", "delivered"]);
  assertEquals(await itemsOf(await hub.connections.next(), 2), [[1, "1"], [2, "2"]]);
  await ann.logout();
});

Deno.test("a message whose time is up while the connection is lost is taken back", async () => {
  const hub = linesHub();
  const { ann } = await loggedIn(hub);
  const { inbox } = statusesOf(ann);
  await hub[Symbol.asyncDispose]();
  await inbox.next(({ state }) => state === "lost");
  const error = await assertRejects(() => send(ann, "hi", { timeout: 0.05 }), CrossCommError);
  assertEquals(error.code, "TIMEOUT");
  assertStringIncludes(error.message, "it does not arrive");
  await ann.stop();
});

Deno.test("a message that gets no receipt in time may still arrive, and the sender is told so", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const error = await assertRejects(() => send(ann, "hi", { timeout: 0.05 }), CrossCommError);
  assertEquals(error.code, "TIMEOUT");
  assertStringIncludes(error.message, "may still arrive");
  assertEquals(await itemsOf(connection, 1), [[1, "hi"]]);
  await ann.stop();
});

Deno.test("the status tells of each change, to whoever asks, and ends with the client", async () => {
  await using hub = linesHub((nth) => nth === 2 ? { session: "session 1", resumed: true, received: 0 } : {});
  const ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  const first = statusesOf(ann);
  await ann.login();
  const connection = await hub.connections.next();
  assertEquals(await first.inbox.next(), { state: "connecting", attempt: 1 });
  assertEquals(await first.inbox.next(), { state: "online", protocol: 2, resumed: false });
  const second = statusesOf(ann);
  assertEquals(await second.inbox.next(), { state: "online", protocol: 2, resumed: false });
  connection.close(4000, "the hub is going away");
  for (const { inbox } of [first, second]) {
    const lost = await inbox.next();
    assert(lost.state === "lost");
    assertEquals(lost.reason.code, "CONNECTION_LOST");
    assertStringIncludes(lost.reason.message, "the hub is going away");
    assert(lost.retryIn >= 0 && lost.retryIn <= 0.25, String(lost.retryIn));
    assertEquals(await inbox.next(), { state: "connecting", attempt: 1 });
    assertEquals(await inbox.next(), { state: "online", protocol: 2, resumed: true });
  }
  await ann.logout();
  for (const { inbox, ended } of [first, second]) {
    assertEquals(await inbox.next(), { state: "ended", reason: undefined });
    await ended;
  }
  assertEquals(await Array.fromAsync(ann.status()), [{ state: "ended", reason: undefined }]);
});

Deno.test("who waits for the next status can leave at once, and who asks several times is answered in order", async () => {
  await using hub = linesHub();
  const { ann } = await loggedIn(hub);
  const [left, kept] = [ann.status(), ann.status()];
  assertEquals((await left.next()).value?.state, "online");
  const waiting = left.next();
  assertEquals(await left.return!(), { done: true, value: undefined });
  assertEquals([await waiting, await left.next()], Array(2).fill({ done: true, value: undefined }));
  const asked = [kept.next(), kept.next(), kept.next()];
  await ann.stop();
  assertEquals((await Promise.all(asked)).map(({ value }) => value?.state), ["online", "ended", undefined]);
});

Deno.test("a client that never logged in has ended when it is stopped", async () => {
  const ann = new CrossCommClient();
  const { ended } = statusesOf(ann);
  await ann.stop();
  await ended;
});

for (
  const [how, code, turnsAway] of [
    ["by a close code that says not to come back", "DISMISSED", (connection) => connection.close(4101, "replaced")],
    ["at the next login", "LOGIN_REFUSED", (connection) => connection.close(4000)],
  ] as [string, string, (connection: LinesConnection) => void][]
) {
  Deno.test(`a client that is turned away ${how} does not come back`, async () => {
    await using hub = linesHub((nth) => nth > 1 ? { status: "error", code: "not_authorised", reason: "no more" } : {});
    const { ann, connection } = await loggedIn(hub);
    const { inbox, ended } = statusesOf(ann);
    const sending = codeOf(send(ann, "hi"));
    await connection.items.next();
    turnsAway(connection);
    const reason = await assertRejects(() => ann.finished, CrossCommError);
    assertEquals(reason.code, code);
    assertStringIncludes(reason.message, code === "DISMISSED" ? "replaced" : "no more");
    assertEquals(await sending, "CONNECTION_LOST");
    assertEquals(await codeOf(send(ann, "hi")), "NOT_CONNECTED");
    await ended;
    const last = await inbox.next(({ state }) => state === "ended");
    assertEquals(last, { state: "ended", reason });
    await ann.stop();
  });
}

Deno.test("a client gives up when the hub has been gone for as long as it was told to try", async () => {
  const hub = linesHub();
  const { ann } = await loggedIn(hub, { reconnect: { giveUpAfter: 0.2, maxDelay: 0.05 } });
  const sending = codeOf(send(ann, "hi"));
  const { inbox } = statusesOf(ann);
  await hub[Symbol.asyncDispose]();
  const reason = await assertRejects(() => ann.finished, CrossCommError);
  assertEquals(reason.code, "CONNECTION_LOST");
  assertStringIncludes(reason.message, "it has not come back within 0.2 s");
  assertEquals((reason.cause as CrossCommError).code, "CONNECTION_REFUSED");
  assertEquals(await sending, "CONNECTION_LOST");
  const attempts = inbox.drain().filter(({ state }) => state === "connecting").length;
  assert(attempts >= 2, `${attempts} attempts`);
});

Deno.test("with reconnect: false the first loss is the end", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub, { reconnect: false });
  connection.close(4000);
  assertEquals(await codeOf(ann.finished), "CONNECTION_LOST");
  await ann.login();
  assertEquals((await hub.connections.next()).offer.resume, undefined);
  await ann.logout();
});

Deno.test("a logout ends the attempts to come back", async () => {
  const hub = linesHub();
  const { ann } = await loggedIn(hub);
  const { inbox, ended } = statusesOf(ann);
  await hub[Symbol.asyncDispose]();
  await inbox.next(({ state }) => state === "lost");
  await ann.logout();
  await ann.finished;
  await ended;
});

Deno.test("a stop leaves no socket open, not even that of an attempt to come back", async () => {
  let logins = 0;
  await using hub = fakeHub((frame, connection) => {
    if (frame.msg_type !== "login" || ++logins === 1) likePython(frame, connection);
  });
  const { WebSocket } = globalThis;
  let latest: WebSocket | undefined;
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string) {
      super(url);
      latest = this;
    }
  } as typeof WebSocket;
  try {
    const client = new CrossCommClient({ port: hub.port, clientId: "ann" });
    await client.login();
    await hub.inbox.next(({ msg_type }) => msg_type === "login");
    hub.connections[0]!.close();
    await hub.inbox.next(({ msg_type }) => msg_type === "login");
    await client.stop();
    assertEquals(latest!.readyState, WebSocket.CLOSED);
  } finally {
    globalThis.WebSocket = WebSocket;
  }
});

Deno.test("a login while the connection is lost waits for it to come back, or for its signal", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub);
  const { inbox } = statusesOf(ann);
  connection.close(4000);
  await inbox.next(({ state }) => state === "lost");
  assertEquals(await codeOf(ann.login({ signal: AbortSignal.abort() })), "ABORTED");
  await ann.login();
  assertEquals(ann.isConnected, true);
  await ann.logout();
});

Deno.test("what came before is not handed on again after another login", async () => {
  await using hub = linesHub();
  const { ann, connection } = await loggedIn(hub, { reconnect: false });
  const heard = new Inbox<unknown>();
  ann.messageListener()(({ content }) => heard.push(content));
  connection.send({ seq: 1 }, { msg_id: "1", content: "once" });
  assertEquals(await heard.next(), "once");
  connection.close(4000);
  await assertRejects(() => ann.finished);
  await ann.login();
  const second = await hub.connections.next();
  second.send({ seq: 1 }, { msg_id: "1", content: "once" }, { msg_id: "2", content: "new" });
  assertEquals(await heard.next(), "new");
  await ann.logout();
});

Deno.test("a hub of version 1 is come back to as well: what waits is sent, what may have arrived is not again", async () => {
  await using hub = fakeHub(likePython);
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await ann.login();
  assertEquals(ann.protocol, 1);
  assertEquals(await send(ann, "before"), "sent");
  await hub.inbox.next(({ content }) => content === "before");
  const { inbox } = statusesOf(ann);
  hub.connections[0]!.close();
  await inbox.next(({ state }) => state === "lost");
  assertEquals(await send(ann, "after"), "sent");
  await hub.inbox.next(({ content }) => content === "after");
  assertEquals(hub.connections.length, 2);
  assertEquals(hub.inbox.drain().filter(({ msg_type }) => msg_type === "text"), []);
});

Deno.test("a hub of version 1 may say the same twice: its senders may mean it", async () => {
  await using hub = fakeHub(likePython);
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  const heard = new Inbox<unknown>();
  ann.messageListener()(({ content }) => heard.push(content));
  await ann.login();
  for (let n = 0; n < 2; n++) hub.connections[0]!.send({ from_client_id: "bob", msg_id: "1", content: "twice" });
  assertEquals([await heard.next(), await heard.next()], ["twice", "twice"]);
});
