import { assertEquals, assertStringIncludes } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { until } from "../support/inbox.ts";
import { bareHub, type FakeClient } from "../support/fake_transport.ts";
import { loginLines } from "../support/lines_peer.ts";

const BOUND = 100_000;

function count({ transport }: FakeClient): number {
  return transport.messages.length;
}

Deno.test("who does not read is disconnected at the bound; all others get everything", async () => {
  await using log = await captureLog();
  await using test = await bareHub({ bufferLimit: BOUND });
  const [ann, slow, fast] = [test.login("ann"), test.login("slow"), test.login("fast")];
  slow.transport.reads = false;

  for (let i = 0; i < 200; i++) ann.send({ to_client_id: "all", content: "x".repeat(1000) });

  assertEquals(count(fast), 200);
  assertEquals(count(slow), 0);
  assertEquals(slow.transport.closed?.code, 4001);
  assertEquals(test.hub.onlineClients(), ["ann", "fast"]);
  assertStringIncludes(await log.next("warning: slow"), "does not read what it is sent: it is disconnected");
});

Deno.test("nothing more is put into a connection that was given up, though its end never comes", async () => {
  await using test = await bareHub({ bufferLimit: BOUND });
  const [ann, slow] = [test.login("ann"), test.login("slow")];
  slow.transport.reads = false;
  for (let i = 0; i < 200; i++) ann.send({ to_client_id: "all", content: "x".repeat(1000) });
  slow.transport.closed = undefined; // as a socket that is not read and never ends its closing
  slow.transport.reads = true;

  ann.send({ to_client_id: "slow" });
  ann.send({ to_client_id: "all" });
  assertEquals(count(slow), 0);
  assertEquals(await test.sendOwn("hi", "slow"), "stored");
});

Deno.test("a client that was given up gets what was meant for it alone at its next login", async () => {
  await using test = await bareHub({ bufferLimit: BOUND });
  const [ann, slow] = [test.login("ann"), test.login("slow")];
  slow.transport.reads = false;
  for (let i = 0; i < 200; i++) ann.send({ to_client_id: "slow", content: `${i} ${"x".repeat(1000)}` });
  const again = test.login("slow");
  slow.connection.closed();
  ann.send({ to_client_id: "slow", content: "201" });
  await until(() => count(again) === 201, "all has come");

  assertEquals(again.transport.messages.map(({ content }) => parseInt(content)), [...Array(200).keys(), 201]);
  assertEquals(test.hub.onlineClients(), ["ann", "slow"]);
});

Deno.test("a message larger than the bound still reaches a reader that keeps up", async () => {
  await using test = await bareHub({ bufferLimit: BOUND });
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  ann.send({ to_client_id: "bob", content: "x".repeat(3 * BOUND) });
  assertEquals(count(bob), 1);
});

Deno.test("a reader that falls behind and catches up stays", async () => {
  await using test = await bareHub({ bufferLimit: BOUND });
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  bob.transport.reads = false;
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 50; i++) ann.send({ to_client_id: "bob", content: "x".repeat(1000) });
    bob.transport.reads = true;
    bob.transport.reads = false;
  }
  assertEquals(count(bob), 500);
  assertEquals(bob.transport.closed, undefined);
});

Deno.test("who does not read cannot make the hub keep answers to it without bound", async () => {
  await using test = await bareHub({ bufferLimit: BOUND });
  const slow = test.login("slow");
  slow.transport.reads = false;
  for (let i = 0; i < 2000; i++) slow.send({ msg_type: "login" });
  for (let i = 0; i < 2000; i++) slow.send({ msg_type: "list_clients", content: "" });

  assertEquals(slow.transport.bufferedAmount <= BOUND, true, `${slow.transport.bufferedAmount} bytes`);
  assertEquals(slow.transport.closed?.code, 4001);
});

Deno.test("a login whose answer there is no room for lets nobody in, and takes no session along", async () => {
  await using test = await bareHub({ bufferLimit: BOUND });
  const bob = loginLines(test, "bob");
  bob.cut();
  for (const content of [{}, { protocol: 2, resume: { session: bob.answer.session, received: 0 } }]) {
    const unread = test.connect(content.protocol === undefined ? "eve" : "bob");
    unread.transport.bufferedAmount = BOUND;
    unread.send({ msg_type: "login", content });
    assertEquals(unread.transport.closed?.code, 4001);
    assertEquals(test.hub.onlineClients(), []);
  }
  assertEquals(loginLines(test, "bob", { resume: { session: bob.answer.session, received: 0 } }).answer.resumed, true);
});
