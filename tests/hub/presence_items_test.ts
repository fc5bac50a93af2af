import { assert, assertEquals } from "@std/assert";
import type { ResumableSession } from "../../lib/hub/resumable_session.ts";
import { byteLength } from "../../lib/protocol/item.ts";
import { bareHub, type FakeClient } from "../support/fake_transport.ts";
import { loginLines } from "../support/lines_peer.ts";

/** What a client was told of who comes and goes, an item an entry, and forgets it. */
function told({ transport }: FakeClient): string[][] {
  const items = transport.sent.filter(({ msg_type }) => msg_type === "presence");
  transport.sent.length = 0;
  return items.map(({ from_client_id, content: { clients, more } }) => {
    assertEquals(from_client_id, "server");
    const entries = clients.map((entry: Record<string, string>) => `${entry.client_id} ${entry.status}`);
    return more === true ? [...entries, "more"] : entries;
  });
}

const logout = { msg_type: "logout", to_client_id: "server" };

Deno.test("a client that asks for it is told who is online, and then who comes and goes, in either version", async () => {
  await using test = await bareHub();
  const python = test.login("python");
  const bob = loginLines(test, "bob");
  const ann = loginLines(test, "ann", { presence: true });
  assertEquals(told(ann), [["python online", "bob online", "ann online"]]);
  python.send(logout);
  bob.sendItems(1, logout);
  loginLines(test, "carl");
  test.login("python");
  assertEquals(told(ann), [["python offline"], ["bob offline"], ["carl online"], ["python online"]]);
  assertEquals([told(python), told(bob)], [[], []]);
});

Deno.test("who does not ask for it, or speaks version 1, is told nothing", async () => {
  await using test = await bareHub();
  const others = [
    loginLines(test, "ann"),
    loginLines(test, "bob", { presence: 1 }),
    test.login("c", { presence: true }),
  ];
  test.login("dora").send(logout);
  assertEquals(others.map(told), [[], [], []]);
});

Deno.test("a client whose connection is lost is offline at once, and online when it comes back", async () => {
  await using test = await bareHub();
  const ann = loginLines(test, "ann", { presence: true });
  const bob = loginLines(test, "bob");
  told(ann);
  bob.cut();
  assertEquals(told(ann), [["bob offline"]]);
  const { session } = bob.answer;
  const again = loginLines(test, "bob", { resume: { session, received: 0 } });
  assertEquals([again.answer.resumed, told(ann)], [true, [["bob online"]]]);
  again.cut();
  assertEquals(told(ann), [["bob offline"]]);
  test.hub.leave(test.hub.roster.session("bob")!); // it is not told again when the session ends
  assertEquals(told(ann), []);
});

Deno.test("a client that falls silent is offline until it is heard of again", async () => {
  await using test = await bareHub();
  const ann = loginLines(test, "ann", { presence: true });
  const python = test.login("python");
  told(ann);
  test.hub.roster.session("python")!.heardAt -= 1e6;
  test.hub.roster.silence(60);
  assertEquals(told(ann), [["python offline"]]);
  python.send({ msg_type: "heartbeat", to_client_id: "server" });
  assertEquals(told(ann), [["python online"]]);
});

Deno.test("one that does not read has the latest of each client waiting, in the order in which they changed first", async () => {
  await using test = await bareHub();
  const ann = loginLines(test, "ann", { presence: true });
  told(ann);
  ann.transport.reads = false;
  for (let round = 0; round < 100; round++) test.login("bob").send(logout);
  for (let round = 0; round < 100; round++) test.login("carl");
  ann.transport.reads = true;
  assertEquals(told(ann), [["bob offline", "carl online"]]);
});

Deno.test("a session that goes on keeps it, and is told what has changed meanwhile; a new one begins anew", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann", { presence: true }), loginLines(test, "bob")];
  told(ann);
  ann.cut();
  bob.sendItems(1, logout);
  test.login("carl");
  const resumed = loginLines(test, "ann", { resume: { session: ann.answer.session, received: 2 } });
  assertEquals([resumed.answer.resumed, told(resumed)], [true, [["ann online", "bob offline", "carl online"]]]);
  resumed.cut();
  const anew = loginLines(test, "ann", { presence: true });
  assertEquals(told(anew), [["carl online", "ann online"]]);
  anew.cut();
  const unasked = loginLines(test, "ann");
  test.login("dora");
  assertEquals([told(anew), told(unasked)], [[], []]);
});

Deno.test("what does not fit into one frame goes into several, and each but the last says so", async () => {
  await using test = await bareHub();
  const ids = Array.from({ length: 20 }, (_, number) => `${"é".repeat(250)}${number}`);
  for (const id of ids) test.login(id);
  const ann = loginLines(test, "ann", { presence: true, limits: { frame_bytes: 10_000 } });
  for (const item of ann.transport.sent) assert(byteLength(JSON.stringify(item)) <= 10_000);
  const items = told(ann);
  assert(items.length > 1);
  assertEquals(items.map((entries) => entries.at(-1) === "more"), items.map((_, nth) => nth < items.length - 1));
  const entries = items.flat().filter((entry) => entry !== "more");
  assertEquals(entries, [...ids, "ann"].map((id) => `${id} online`));
});

Deno.test("one that reads and does not acknowledge is not told without end, and is told the rest once it has", async () => {
  await using test = await bareHub();
  const ann = loginLines(test, "ann", { presence: true });
  for (let round = 0; round < 1000; round++) test.login("bob").send(logout);
  const items = told(ann).length;
  assert(items > 100 && items < 1000, `${items}`);
  assertEquals(ann.transport.closed, undefined);
  ann.ack(items);
  assertEquals(told(ann), [["bob offline"]]);
});

Deno.test("one that never reads is let go when far more clients have come and gone than a hub remembers", async () => {
  await using test = await bareHub();
  const ann = loginLines(test, "ann", { presence: true });
  ann.transport.reads = false;
  const session = test.hub.roster.session("ann") as ResumableSession;
  const strangers = Array.from(
    { length: 250_000 },
    (_, number) => ({ clientId: `${number}`, status: "online" }) as const,
  );
  session.sees(strangers);
  assertEquals(ann.transport.closed?.code, 4001);
});

Deno.test("a client cannot pass itself off as the one who tells", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob", { presence: true })];
  told(bob);
  const content = { clients: [{ client_id: "ann", status: "offline" }] };
  ann.sendItems(1, { msg_type: "presence", to_client_id: "bob", content });
  assertEquals(told(bob), []);
});
