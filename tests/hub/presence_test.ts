import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { type BareHub, bareHub, type FakeClient } from "../support/fake_transport.ts";
import { frame, type FrameParts } from "../support/frame.ts";

/** What the hub lists for this client: `id: status`. */
function list(client: FakeClient, content: unknown = '{"only_show_online": false}'): Record<string, string> {
  client.send({ msg_type: "list_clients", content });
  const answer = client.transport.sent.findLast(({ msg_type }) => msg_type === "list_clients_response");
  const { clients } = JSON.parse(answer!.content);
  return Object.fromEntries(clients.map((one: Record<string, string>) => [one.client_id, one.status]));
}

function received({ transport }: FakeClient): unknown[] {
  return transport.messages.map(({ content }) => content);
}

/** A hub that notices silence quickly, with bob on it, who has gone silent, and ann, who has just been heard of. */
async function withSilentBob(): Promise<AsyncDisposable & { test: BareHub; ann: FakeClient; bob: FakeClient }> {
  const log = await captureLog();
  const test = await bareHub({ heartbeatInterval: 0.05, heartbeatTimeout: 0.1 });
  const bob = test.login("bob");
  assertStringIncludes(await log.next("warning: bob"), "has not been heard of for 0.1 s");
  return {
    test,
    bob,
    ann: test.login("ann"),
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await log[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a client that is silent for too long is offline, and nothing is delivered to it", async () => {
  await using setting = await withSilentBob();
  const { test, ann, bob } = setting;
  ann.send({ to_client_id: "bob", content: "to bob" });
  ann.send({ to_client_id: "all", content: "to all" });

  assertEquals(list(ann), { bob: "offline", ann: "online" });
  assertEquals(test.hub.onlineClients(), ["ann"]);
  assertEquals(await test.sendOwn("hi", "bob"), "stored");
  assertEquals(received(bob), []);
  assertEquals(bob.transport.closed, undefined, "a deployed client does not reconnect: its connection is kept");
});

Deno.test("a heartbeat brings a silent client back", async () => {
  await using setting = await withSilentBob();
  const { test, ann, bob } = setting;
  bob.send({ msg_type: "heartbeat" });
  ann.send({ to_client_id: "bob", content: "welcome back" });

  assertEquals(list(ann), { bob: "online", ann: "online" });
  assertEquals(test.hub.onlineClients(), ["bob", "ann"]);
  assertEquals(received(bob), ["welcome back"]);
});

Deno.test("whatever a silent client sends brings it back", async () => {
  for (
    const parts of [{ msg_type: "text", to_client_id: "ann" }, { msg_type: "list_clients" }, { msg_type: "login" }]
  ) {
    await using setting = await withSilentBob();
    const { ann, bob } = setting;
    bob.send(parts);
    assertEquals(list(ann), { bob: "online", ann: "online" }, parts.msg_type);
  }
});

Deno.test("who sends heartbeats stays online while the silent go offline", async () => {
  await using log = await captureLog();
  await using test = await bareHub({ heartbeatInterval: 0.02, heartbeatTimeout: 1 });
  const ann = test.login("ann");
  const beating = setInterval(() => ann.send({ msg_type: "heartbeat" }), 10);
  test.login("bob");
  await log.next("warning: bob", "has not been heard of");
  clearInterval(beating);

  assertEquals(test.hub.onlineClients(), ["ann"]);
  assertEquals(ann.transport.sent.length, 1, "a heartbeat has no answer");
});

Deno.test("a client that logs out is offline at once", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  bob.send({ msg_type: "logout" });
  ann.send({ to_client_id: "all", content: "hi" });

  assertEquals(list(ann), { ann: "online", bob: "offline" });
  assertEquals(list(ann, '{"only_show_online": true}'), { ann: "online" });
  assertEquals(received(bob), []);
});

Deno.test("a client whose connection ends is offline at once", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  bob.connection.closed();
  bob.connection.closed();
  assertEquals(list(ann), { ann: "online", bob: "offline" });
});

Deno.test("a listing is asked for by a string, an object, Swift's string, or anything at all", async () => {
  await using test = await bareHub();
  const ann = test.login("ann");
  test.login("bob").send({ msg_type: "logout" });
  const online = ['{"only_show_online": true}', { only_show_online: true }, '{"only_show_online":true}'];
  const all = ['{"only_show_online": false}', { only_show_online: false }, {}, "{}", "", "garbage", 5, null, [], "[1"];

  for (const content of online) assertEquals(list(ann, content), { ann: "online" }, JSON.stringify(content));
  for (const content of all) {
    assertEquals(list(ann, content), { ann: "online", bob: "offline" }, JSON.stringify(content));
  }
});

Deno.test("a listing is in the words of Python's hub", async () => {
  await using test = await bareHub();
  const before = Date.now() / 1000;
  const ann = test.login("ann");
  list(ann, '{"only_show_online": true}');
  const { text: _text, msg_id, timestamp: _time, content, ...rest } = ann.transport.sent.at(-1)!;

  assertEquals(rest, {
    ...{ from_client_id: "server", to_client_id: "ann", msg_type: "list_clients_response", oss_key: null },
  });
  assertMatch(msg_id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  assertEquals(typeof content, "string");
  const { clients: [{ last_heartbeat, login_time, ...client }], ...counts } = JSON.parse(content);
  assertEquals(client, { client_id: "ann", status: "online" });
  assertEquals(counts, { total_count: 1, only_show_online: true });
  for (const time of [last_heartbeat, login_time]) assertEquals(time >= before && time <= Date.now() / 1000, true);
});

Deno.test("a listing that a deployed client could not take is cut, and tells how many there are", async () => {
  await using test = await bareHub();
  const ann = test.login("ann");
  for (let i = 0; i < 8000; i++) test.login(`client ${"é".repeat(80)} ${i}`);
  list(ann);

  const answer = ann.transport.sent.at(-1)!;
  assertEquals(new TextEncoder().encode(answer.text).length <= 1024 * 1024, true);
  const { clients, total_count } = JSON.parse(answer.content);
  assertEquals(total_count, 8001);
  assertEquals(clients.length > 1000 && clients.length < 8001, true, `${clients.length}`);
});

Deno.test("however often somebody asks, a list is made anew only when somebody has come or gone, or after a while", async () => {
  await using test = await bareHub();
  const ann = test.login("ann");
  const { roster } = test.hub;
  const known = roster.known.bind(roster);
  let made = 0;
  roster.known = () => (made++, known());
  const ask = () => ann.send({ msg_type: "list_clients", content: {} });
  for (let asked = 0; asked < 1_000; asked++) ask();
  const answers = () => ann.transport.sent.filter(({ msg_type }) => msg_type === "list_clients_response");
  assertEquals(answers().length, 1_000);
  assert(made < 100, `${made} lists`);
  const bob = test.login("bob");
  ask();
  bob.connection.closed();
  ask();
  const statuses = answers().slice(-2).map(({ content }) => JSON.parse(content).clients[1].status);
  assertEquals(statuses, ["online", "offline"]);
});

Deno.test("a list counts for as many messages as it tells of clients", async () => {
  await using test = await bareHub();
  const logins = Array.from({ length: 50 }, (_, index) => test.login(`client ${index}`));
  const request = frame({ from_client_id: "client 0", msg_type: "list_clients", content: {} });
  assertEquals(logins[0]!.connection.receive(new TextEncoder().encode(request)), 1 + 50);
});

Deno.test("who comes and goes counts for as many messages as are told, and who watches for as many as it is told of", async () => {
  await using test = await bareHub();
  const costOf = (client: FakeClient, parts: FrameParts) =>
    client.connection.receive(new TextEncoder().encode(frame({ from_client_id: client.id, ...parts })));
  const ann = test.connect("ann");
  assertEquals(costOf(ann, { msg_type: "login", content: {} }), 1);
  assertEquals(costOf(ann, { msg_type: "logout", content: {} }), 1);
  const watch = { msg_type: "login", content: { protocol: 2, presence: true } };
  for (let n = 1; n <= 3; n++) assertEquals(costOf(test.connect(`watcher ${n}`), watch), 1 + (n - 1) + n);
  assertEquals(costOf(ann, { msg_type: "login", content: {} }), 4);
  assertEquals(costOf(ann, { content: "hi" }), 1);
  assertEquals(costOf(ann, { msg_type: "logout", content: {} }), 4);
});
