import { assert, assertEquals, assertMatch } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { bareHub, type FakeClient } from "../support/fake_transport.ts";
import { frame } from "../support/frame.ts";
import { until } from "../support/inbox.ts";
import { loginLines } from "../support/lines_peer.ts";

function contents({ transport }: FakeClient): unknown[] {
  return transport.messages.map(({ content }) => content);
}

Deno.test("version 2 is spoken with who offers it, and with nobody else", async () => {
  await using test = await bareHub();
  const { answer } = loginLines(test, "ann");
  assertEquals([answer.status, answer.protocol, answer.resumed, answer.received], ["success", 2, false, 0]);
  assertMatch(answer.session, /^[0-9a-f-]{36}$/);

  for (const content of [{}, "{}", { protocol: 1 }, { protocol: "2" }, { limits: { frame_bytes: 5000 } }]) {
    const other = test.login("bob", content).transport.sent[0]!.content;
    assertEquals([other.status, other.protocol, other.session], ["success", undefined, undefined]);
  }
});

Deno.test("items are numbered, and what has come is acknowledged with what goes out", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(1, { to_client_id: "bob", content: "one" }, { to_client_id: "bob", content: "two" });
  bob.sendItems(1, { to_client_id: "ann", content: "three" });

  assertEquals(contents(bob), ["one", "two"]);
  assertEquals(bob.transport.headers.map(({ seq }) => seq), [1, undefined]); // which counts on
  assertEquals(ann.transport.headers.at(-1), { seq: 1, ack: 2, ping: undefined });
});

Deno.test("a message is delivered when its addressee has acknowledged it, and not before", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(1, { to_client_id: "bob" }, { to_client_id: "bob" }, { to_client_id: "bob" });
  assertEquals(ann.receipts(), {});
  bob.ack(2);
  assertEquals(ann.receipts(), { delivered: [[1, 1], [2, 2]] });
  bob.ack(3);
  assertEquals(ann.receipts().delivered, [[1, 1], [2, 2], [3, 3]]);
});

Deno.test("the sender is told what became of each message", async () => {
  await using test = await bareHub();
  const [ann] = [loginLines(test, "ann"), test.login("python"), loginLines(test, "bob")];
  test.login("offline").send({ msg_type: "logout" });
  ann.sendItems(
    1,
    { to_client_id: "python" },
    { to_client_id: "offline" },
    { to_client_id: "nobody" },
    { to_client_id: "all" },
    { to_client_id: "server" },
    { to_client_id: "python", content: "x".repeat(1_100_000) },
    { to_client_id: "bob", from_client_id: "bob" },
    { to_client_id: "bob", msg_type: "telepathy" },
  );
  await test.hub.mailbox.safe();

  const { failed, ...rest } = ann.receipts();
  assertEquals(rest, { sent: [[1, 1]], stored: [[2, 2]], reached: [[4, 2]], delivered: [[5, 5]] });
  assertEquals((failed as [number, string][]).map(([number, code]) => [number, code]), [
    [3, "unknown_client"],
    [6, "too_large"],
    [7, "wrong_sender"],
    [8, "invalid_frame"],
  ]);
});

Deno.test("a ping is answered at once, with what has come so far", async () => {
  await using test = await bareHub();
  const ann = loginLines(test, "ann");
  ann.sendRaw('{"ping":true}');
  assertEquals(ann.transport.headers, [{ seq: undefined, ack: 0, ping: undefined }]);
});

Deno.test("after a cut the session goes on: nothing is lost, nothing comes twice", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  for (let number = 1; number <= 3; number++) ann.sendItems(number, { to_client_id: "bob", content: number });
  bob.sendItems(1, { to_client_id: "ann", content: "from bob" });
  bob.ack(1);
  bob.cut();
  assertEquals(test.hub.onlineClients(), ["ann"]);
  ann.sendItems(4, { to_client_id: "bob", content: 4 });

  const again = loginLines(test, "bob", { resume: { session: bob.answer.session, received: 2 } });
  assertEquals([again.answer.resumed, again.answer.received], [true, 1]);
  assertEquals(again.answer.session, bob.answer.session);
  assertEquals(contents(again), [3, 4]);
  assertEquals(again.transport.headers.at(0)?.seq, 3);
  again.sendItems(1, { to_client_id: "ann", content: "from bob" }); // it had no acknowledgement
  again.sendItems(2, { to_client_id: "ann", content: "more from bob" });
  assertEquals(contents(ann), ["from bob", "more from bob"]);
  again.ack(4);
  assertEquals(ann.receipts().delivered, [[1, 1], [2, 2], [3, 3], [4, 4]]);
  assertEquals(test.hub.onlineClients(), ["ann", "bob"]);
});

Deno.test("a client that resumes before its old connection has ended takes the session along", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(1, { to_client_id: "bob", content: 1 });
  const again = loginLines(test, "bob", { resume: { session: bob.answer.session, received: 0 } });
  assertEquals(bob.transport.closed?.code, 4101);
  bob.cut();
  bob.sendItems(1, { to_client_id: "ann", content: "too late" });
  ann.sendItems(2, { to_client_id: "bob", content: 2 });

  assertEquals(again.answer.resumed, true);
  assertEquals(contents(again), [1, 2]);
  assertEquals(contents(ann), []);
  assertEquals(test.hub.onlineClients(), ["ann", "bob"]);
});

Deno.test("a session is resumed by nobody who does not know it, or is not where it is", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(1, { to_client_id: "bob", content: 1 }, { to_client_id: "bob", content: 2 });
  bob.ack(1);
  const { session } = bob.answer;
  for (
    const resume of [
      { session: "0".repeat(32), received: 1 },
      { session: ann.answer.session, received: 1 },
      { session, received: 0 }, // which it had acknowledged more than
      { session, received: 3 }, // more than was ever sent
    ]
  ) {
    bob.cut();
    assertEquals(loginLines(test, "bob", { resume }).answer.resumed, false, JSON.stringify(resume));
  }
});

Deno.test("what a client had not acknowledged when its time to resume is over waits in its mailbox", async () => {
  await using log = await captureLog();
  await using test = await bareHub({ resumeWindow: 0.01 });
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(1, ...[1, 2, 3].map((content) => ({ to_client_id: "bob", content })));
  bob.ack(1);
  bob.cut();
  ann.sendItems(4, { to_client_id: "bob", content: 4 }, { to_client_id: "all", content: "to all" });
  await log.next("bob", "has left");
  await test.hub.mailbox.safe();
  ann.sendItems(6, { to_client_id: "bob", content: 5 });
  await test.hub.mailbox.safe();

  assertEquals(ann.receipts(), { delivered: [[1, 1]], reached: [[5, 1]], stored: [[2, 2], [3, 3], [4, 4], [6, 6]] });
  const again = loginLines(test, "bob", { resume: { session: bob.answer.session, received: 3 } });
  assertEquals(again.answer.resumed, false);
  assertEquals(contents(again), [2, 3, 4, 5]);
  ann.sendItems(7, { to_client_id: "bob", content: 6 });
  assertEquals(contents(again), [2, 3, 4, 5, 6]);
});

Deno.test("letters leave the mailbox when they are acknowledged, and come again until they are", async () => {
  await using test = await bareHub({ resumeWindow: 0.001 });
  test.login("bob").send({ msg_type: "logout" });
  const ann = loginLines(test, "ann");
  ann.sendItems(1, ...[1, 2, 3].map((content) => ({ to_client_id: "bob", content })));
  const first = loginLines(test, "bob");
  await until(() => contents(first).length === 3, "all three have come");
  assertEquals(contents(first), [1, 2, 3]);
  first.ack(2);
  const second = loginLines(test, "bob");
  assertEquals(contents(second), [3]);
  second.ack(1);
  await test.hub.mailbox.safe();
  assertEquals(test.hub.mailbox.has("bob"), false);
  assertEquals(contents(loginLines(test, "bob")), []);
});

Deno.test("what cannot be stored is said to have failed if it never was on its way, and else to be unconfirmed", async () => {
  await using test = await bareHub({
    resumeWindow: 0.001,
    mailbox: { maxMessages: 0 },
  });
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(1, { to_client_id: "bob", content: "on its way" });
  bob.transport.reads = false;
  ann.sendItems(2, { to_client_id: "bob", content: "not yet" });
  bob.cut();
  await until(() => ann.receipts().failed?.length === 2, "both have failed");
  assertEquals(ann.receipts().failed!.map((failure) => (failure as unknown[]).slice(0, 2)), [
    [1, "unconfirmed"],
    [2, "mailbox_full"],
  ]);
});

Deno.test("nothing overtakes what is just being stored", async () => {
  await using test = await bareHub();
  const ann = loginLines(test, "ann");
  test.login("bob").send({ msg_type: "logout" });
  ann.sendItems(1, { to_client_id: "bob", content: 1 });
  const bob = loginLines(test, "bob");
  ann.sendItems(2, { to_client_id: "bob", content: 2 });
  await until(() => contents(bob).length === 2, "both have come");
  ann.sendItems(3, { to_client_id: "bob", content: 3 });
  assertEquals(contents(bob), [1, 2, 3]);
});

Deno.test("a client that logs out leaves nothing behind to resume", async () => {
  await using test = await bareHub();
  const bob = loginLines(test, "bob");
  bob.sendItems(1, { msg_type: "logout", to_client_id: "server" });
  bob.cut();
  const { answer } = loginLines(test, "bob", { resume: { session: bob.answer.session, received: 0 } });
  assertEquals(answer.resumed, false);
});

Deno.test("a breach of the protocol ends the connection, and nobody else's", async () => {
  const breaches = [
    "no header",
    "[]",
    '{"seq":0}',
    '{"seq":2}\n{}', // there was no 1
    '{"ack":1}', // nothing was sent
    '{"ack":-1}',
    "{}\n{}", // items without a number
    "",
    '{"from_client_id":"ann"', // half a frame of version 1
    frame({ from_client_id: "ann", to_client_id: "bob" }), // all of one
  ];
  for (const breach of breaches) {
    await using test = await bareHub();
    const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
    ann.sendRaw(breach);
    assertEquals(ann.transport.closed?.code, 4102, breach);
    assertEquals(bob.transport.closed, undefined);
    assertEquals(test.hub.onlineClients(), ["bob"]);
  }
});

Deno.test("line feeds between the tokens of an envelope become spaces", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), loginLines(test, "bob")];
  ann.sendRaw(`{\n"msg_id": "1",\n"from_client_id": "ann", "to_client_id": "bob", "msg_type": "text",
    "content": "a\\nb", "timestamp": 1, "oss_key": null\n}`);
  assertEquals(contents(bob), ["a\nb"]);
});

Deno.test("who reads but never acknowledges is disconnected at the bound", async () => {
  await using test = await bareHub({ bufferLimit: 50_000 });
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  for (let number = 1; number <= 200; number++) {
    ann.sendItems(number, { to_client_id: "bob", content: "x".repeat(1000) });
    ann.ack(ann.transport.sent.length - 1);
  }
  assertEquals(bob.transport.closed?.code, 4001);
  assertEquals(ann.transport.closed, undefined);

  const rude = loginLines(test, "rude");
  for (let number = 1; number <= 1000 && !rude.transport.closed; number++) {
    rude.sendItems(number, { to_client_id: "nobody" }); // each brings it a receipt
  }
  assertEquals(rude.transport.closed?.code, 4001);
});

Deno.test("a silent client of version 2 loses its connection, and may come back", async () => {
  await using log = await captureLog();
  await using test = await bareHub({ heartbeatInterval: 0.05, heartbeatTimeout: 0.1 });
  const bob = loginLines(test, "bob");
  await log.next("warning: bob", "has not been heard of");
  assertEquals(bob.transport.closed?.code, 4002);
  const again = loginLines(test, "bob", { resume: { session: bob.answer.session, received: 0 } });
  assertEquals(again.answer.resumed, true);
});

Deno.test("a hub that stops keeps what was not acknowledged, and tells the senders", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  bob.transport.reads = false;
  ann.sendItems(1, { to_client_id: "bob", content: "late" });
  await test.hub.stop();
  assertEquals(ann.receipts(), { stored: [[1, 1]] });
  assertEquals(ann.transport.closed?.code, 4000);
  assert(bob.transport.closed);
});

Deno.test("a frame of ever so many items ends its sender's connection before all of them are dealt with", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), test.login("bob")];
  test.login("away").connection.closed();
  const send = (seq: number, count: number) => {
    const item = frame({ from_client_id: "ann", to_client_id: "away" });
    ann.sendRaw(`{"seq":${seq}}${`\n${item}`.repeat(count)}`);
  };
  send(1, 4_000);
  assertEquals(ann.transport.closed, undefined);
  send(1, 8_000); // half of which are here already
  assertEquals(ann.transport.closed, undefined);
  send(8_001, 4_001);
  assertEquals([ann, bob].map(({ transport }) => transport.closed?.code), [4102, undefined]);
});
