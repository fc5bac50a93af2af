import { assertEquals, assertMatch } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { type BareHub, bareHub, type FakeClient } from "../support/fake_transport.ts";
import { until } from "../support/inbox.ts";
import { loginLines } from "../support/lines_peer.ts";

/** What a client was told of messages that are lost. */
function losses({ transport }: FakeClient): Record<string, string>[] {
  return transport.sent.filter(({ msg_type }) => msg_type === "error").map(({ content }) => content);
}

/** Lets the lifetime of all letters go by. */
function expireAll({ hub }: BareHub): void {
  hub.expireLetters(Date.now() + 2 * hub.settings.mailbox.lifetime * 1000);
}

/** Makes a client known. */
function known(test: BareHub, id: string): void {
  test.login(id).send({ msg_type: "logout" });
}

Deno.test("the sender of a message that has waited for too long is told, and once", async () => {
  await using test = await bareHub();
  known(test, "bob");
  const ann = loginLines(test, "ann");
  ann.sendItems(1, { msg_id: "m1", to_client_id: "bob" });
  await test.hub.mailbox.safe();
  assertEquals(losses(ann), []);
  expireAll(test);
  expireAll(test);
  const [{ reason, ...loss }, ...others] = losses(ann) as [Record<string, string>];
  assertEquals([loss, others], [{ code: "expired", msg_id: "m1", to_client_id: "bob" }, []]);
  assertMatch(reason!, /too long/);
  assertEquals(test.hub.mailbox.has("bob"), false);
});

Deno.test("a clock that is set forward ends no waiting", async () => {
  await using test = await bareHub();
  known(test, "bob");
  const ann = loginLines(test, "ann");
  ann.sendItems(1, { to_client_id: "bob" });
  await test.hub.mailbox.safe();
  const { now } = Date;
  Date.now = () => now() + 10 * test.hub.settings.mailbox.lifetime * 1000;
  try {
    test.hub.expireLetters();
  } finally {
    Date.now = now;
  }
  assertEquals(test.hub.mailbox.has("bob"), true);
  assertEquals(losses(ann), []);
});

Deno.test("a sender that is offline is told when it comes back, and until it has acknowledged it", async () => {
  await using test = await bareHub();
  known(test, "bob");
  const ann = loginLines(test, "ann");
  ann.sendItems(1, { msg_id: "m1", to_client_id: "bob" }, { msg_type: "logout", to_client_id: "server" });
  await test.hub.mailbox.safe();
  expireAll(test);
  await test.hub.mailbox.safe();
  for (const _ of [1, 2]) {
    const again = loginLines(test, "ann");
    await until(() => losses(again).length > 0, "ann is told");
    assertEquals(losses(again).map(({ msg_id }) => msg_id), ["m1"]);
    again.sendItems(1, { msg_type: "logout", to_client_id: "server" });
  }
  const last = loginLines(test, "ann");
  last.ack(1);
  assertEquals(test.hub.mailbox.has("ann"), false);
});

Deno.test("one that speaks version 1 is never told, neither at once nor when it comes back with it", async () => {
  await using test = await bareHub();
  known(test, "bob");
  const python = test.login("python");
  python.send({ msg_id: "p1", to_client_id: "bob" });
  const ann = loginLines(test, "ann");
  ann.sendItems(1, { msg_id: "m1", to_client_id: "bob" }, { msg_type: "logout", to_client_id: "server" });
  await test.hub.mailbox.safe();
  expireAll(test);
  await test.hub.mailbox.safe();
  assertEquals(test.hub.mailbox.usage().map(({ clientId, messages }) => [clientId, messages]), [["ann", 1]]);
  const asPython = test.login("ann");
  test.login("carl").send({ msg_id: "after", to_client_id: "ann" });
  await until(() => asPython.transport.messages.length > 0, "what is sent after the login arrives");
  assertEquals(asPython.transport.messages.map(({ msg_id }) => msg_id), ["after"]);
  assertEquals([losses(python), test.hub.mailbox.has("ann")], [[], false]);
});

Deno.test("a notice that has waited for too long makes no further one, nor does a message of the hub's", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  known(test, "bob");
  await test.sendOwn("hello", "bob");
  const ann = loginLines(test, "ann");
  ann.sendItems(1, { to_client_id: "bob" }, { msg_type: "logout", to_client_id: "server" });
  await test.hub.mailbox.safe();
  for (const waits of [true, false]) {
    expireAll(test);
    await test.hub.mailbox.safe();
    assertEquals(test.hub.mailbox.has("ann"), waits);
  }
  assertEquals(test.hub.mailbox.usage(), []);
  await log.next("A message from server waited too long for ann");
});

Deno.test("the sender is told of a message that is too large for its addressee, who has come back", async () => {
  await using test = await bareHub();
  known(test, "bob");
  const ann = loginLines(test, "ann");
  ann.sendItems(1, { msg_id: "m1", to_client_id: "bob", content: "x".repeat(20_000) }, { to_client_id: "bob" });
  await test.hub.mailbox.safe();
  const bob = loginLines(test, "bob", { limits: { frame_bytes: 10_000 } });
  assertEquals(bob.transport.messages.length, 1);
  assertEquals(losses(ann).map(({ code, msg_id, to_client_id }) => [code, msg_id, to_client_id]), [
    ["too_large", "m1", "bob"],
  ]);
});

Deno.test("what its addressee is being sent has not expired", async () => {
  await using test = await bareHub();
  known(test, "bob");
  const ann = loginLines(test, "ann");
  ann.sendItems(1, { to_client_id: "bob" });
  await test.hub.mailbox.safe();
  const bob = loginLines(test, "bob");
  expireAll(test);
  bob.ack(1);
  assertEquals([bob.transport.messages.length, losses(ann), test.hub.mailbox.has("bob")], [1, [], false]);
});

Deno.test("however many have waited too long and are being sent, what waits for others expires", async () => {
  await using test = await bareHub();
  const addressees = ["bob", "carl", "dora"];
  for (const id of addressees) known(test, id);
  const ann = loginLines(test, "ann");
  const letters = (count: number, to: string) => Array.from({ length: count }, () => ({ to_client_id: to }));
  ann.sendItems(1, ...letters(600, "bob"), ...letters(600, "carl"));
  await test.hub.mailbox.safe();
  ann.sendItems(1201, { to_client_id: "dora" });
  await test.hub.mailbox.safe();
  const [bob, carl] = [loginLines(test, "bob"), loginLines(test, "carl")];
  assertEquals([bob.transport.messages.length, carl.transport.messages.length], [600, 600]);
  expireAll(test);
  assertEquals(losses(ann).map(({ to_client_id }) => to_client_id), ["dora"]);
  assertEquals(addressees.map((id) => test.hub.mailbox.has(id)), [true, true, false]);
});

Deno.test("a client cannot pass itself off as the one who tells", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(1, { msg_type: "error", to_client_id: "bob", content: { code: "expired", msg_id: "1" } });
  assertEquals(losses(bob), []);
});
