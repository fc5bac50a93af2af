import { assert, assertEquals, assertRejects } from "@std/assert";
import { CrossCommClient, CrossCommError } from "../../client.ts";
import { type Answer, type FakeHub, fakeHub, type FakeHubConnection, likePython } from "../support/fake_hub.ts";
import type { Frame } from "../support/frame.ts";
import { startHub } from "../support/start_hub.ts";

async function loggedIn(port: number, clientId = "ann"): Promise<CrossCommClient> {
  const client = new CrossCommClient({ port, clientId });
  await client.login();
  return client;
}

/** A hub whose answers to listings are up to the test. */
function withoutLists(): FakeHub {
  return fakeHub(
    ((frame, connection) => {
      if (frame.msg_type !== "list_clients") likePython(frame, connection);
    }) as Answer,
  );
}

/** Answers a listing with this many clients. */
function answer({ send }: FakeHubConnection, request: Frame, total_count: number): void {
  const { only_show_online } = JSON.parse(request.content);
  const list = { clients: [], total_count, only_show_online };
  send({ to_client_id: request.from_client_id, msg_type: "list_clients_response", content: JSON.stringify(list) });
}

function nextRequest({ inbox }: FakeHub): Promise<Frame> {
  return inbox.next(({ msg_type }) => msg_type === "list_clients");
}

Deno.test("a client sees who is online, and who has been there", async () => {
  await using hub = await startHub();
  const before = Date.now() / 1000;
  await using ann = await loggedIn(hub.port);
  await using bob = await loggedIn(hub.port, "bob");
  await bob.logout();

  const { clients: [first, second], ...counts } = await ann.listClients({ onlyShowOnline: false });
  assertEquals(counts, { totalCount: 2, onlyShowOnline: false });
  assertEquals([first?.clientId, first?.status, second?.clientId, second?.status], ["ann", "online", "bob", "offline"]);
  for (const time of [first!.lastHeartbeat, first!.loginTime!, second!.lastHeartbeat, second!.loginTime!]) {
    assert(time >= before && time <= Date.now() / 1000);
  }
  const online = await ann.listClients();
  assertEquals([online.totalCount, online.onlyShowOnline, online.clients[0]?.clientId], [1, true, "ann"]);
});

Deno.test("many listings at once each get their own answer", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port);
  await using bob = await loggedIn(hub.port, "bob");
  await bob.logout();

  const lists = await Promise.all(
    Array.from({ length: 40 }, (_, i) => ann.listClients({ onlyShowOnline: i % 2 === 0 })),
  );
  for (const [i, list] of lists.entries()) {
    assertEquals([list.onlyShowOnline, list.totalCount], i % 2 === 0 ? [true, 1] : [false, 2]);
  }
});

Deno.test("answers that come in another order get to those that asked", async () => {
  await using hub = withoutLists();
  await using ann = await loggedIn(hub.port);
  const lists = [ann.listClients({ onlyShowOnline: false }), ann.listClients({ onlyShowOnline: true })];
  const requests = [await nextRequest(hub), await nextRequest(hub)];
  for (const request of requests.toReversed()) {
    answer(hub.connections[0]!, request, JSON.parse(request.content).only_show_online ? 1 : 2);
  }
  assertEquals((await Promise.all(lists)).map(({ totalCount }) => totalCount), [2, 1]);
});

Deno.test("a hub that does not answer: TIMEOUT", async () => {
  await using hub = withoutLists();
  await using ann = await loggedIn(hub.port);
  const error = await assertRejects(() => ann.listClients({ timeout: 0.05 }), CrossCommError);
  assertEquals(error.code, "TIMEOUT");
  assert(ann.isConnected);
});

Deno.test("an answer that comes too late is not taken for that of a later listing", async () => {
  await using hub = withoutLists();
  await using ann = await loggedIn(hub.port);
  await assertRejects(() => ann.listClients({ timeout: 0.05 }), CrossCommError);
  const second = ann.listClients();
  const requests = [await nextRequest(hub), await nextRequest(hub)];
  answer(hub.connections[0]!, requests[0]!, 1);
  answer(hub.connections[0]!, requests[1]!, 2);
  assertEquals((await second).totalCount, 2);
});

Deno.test("a listing that is under way when the hub goes: CONNECTION_LOST", async () => {
  await using hub = withoutLists();
  await using ann = await loggedIn(hub.port);
  const code = assertRejects(() => ann.listClients(), CrossCommError).then(({ code }) => code);
  await nextRequest(hub);
  hub.connections[0]!.close();
  assertEquals(await code, "CONNECTION_LOST");
});

Deno.test("an answer that is none, or that nobody asked for, does no harm", async () => {
  await using hub = withoutLists();
  await using ann = await loggedIn(hub.port);
  const list = ann.listClients();
  const request = await nextRequest(hub);
  for (const content of ["garbage", "{}", 5, null, '{"clients": 5, "only_show_online": true}']) {
    hub.connections[0]!.send({ msg_type: "list_clients_response", content });
  }
  answer(hub.connections[0]!, request, 7);
  answer(hub.connections[0]!, request, 8);
  assertEquals((await list).totalCount, 7);
  assert(ann.isConnected);
});

Deno.test("a timeout that makes no sense is refused", async () => {
  await using hub = fakeHub();
  await using ann = await loggedIn(hub.port);
  for (const timeout of [0, -1, NaN, Infinity]) {
    assertEquals((await assertRejects(() => ann.listClients({ timeout }), CrossCommError)).code, "INVALID_ARGUMENT");
  }
});
