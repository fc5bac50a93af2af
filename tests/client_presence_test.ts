import { assertEquals, assertThrows } from "@std/assert";
import { CrossCommClient, type CrossCommClientOptions, CrossCommError, type PresenceChange } from "../client.ts";
import { FaultyProxy } from "./files/support/faulty_proxy.ts";
import { fakeHub } from "./support/fake_hub.ts";
import { linesHub } from "./support/lines_hub.ts";
import { startHub } from "./support/start_hub.ts";

async function loggedIn(port: number, clientId: string, options: CrossCommClientOptions = {}) {
  const client = new CrossCommClient({ port, clientId, reconnect: { maxDelay: 0.1 }, ...options });
  await client.login();
  return client;
}

/** The next so many changes. */
async function next(presence: AsyncIterator<PresenceChange>, count: number): Promise<string[]> {
  const heard: string[] = [];
  while (heard.length < count) {
    const { value } = await presence.next();
    heard.push(`${value?.clientId} ${value?.status}`);
  }
  return heard;
}

Deno.test("a client hears which others are online, and who comes and goes, until it logs out", async () => {
  await using hub = await startHub();
  await using bob = await loggedIn(hub.port, "bob");
  await using ann = await loggedIn(hub.port, "ann", { watchPresence: true });
  const presence = ann.presence();
  assertEquals(await next(presence, 1), ["bob online"]);
  await using _carl = await loggedIn(hub.port, "carl");
  assertEquals(await next(presence, 1), ["carl online"]);
  await bob.logout();
  assertEquals(await next(presence, 1), ["bob offline"]);
  assertEquals(await next(ann.presence(), 1), ["carl online"]); // who follows later begins with those that are there
  await ann.logout();
  assertEquals(await presence.next(), { done: true, value: undefined });
  await ann.login();
  assertEquals(await next(ann.presence(), 1), ["carl online"]);
});

for (const [how, resumeWindow] of [["goes on", 60], ["begins anew", 0.001]] as const) {
  Deno.test(`after the connection was lost, and the session ${how}, a client hears what has changed meanwhile`, async () => {
    await using hub = await startHub({ resumeWindow });
    const line = new FaultyProxy(hub.port);
    await using bob = await loggedIn(hub.port, "bob");
    await using _carl = await loggedIn(hub.port, "carl");
    await using ann = await loggedIn(line.port, "ann", { watchPresence: true, reconnect: { maxDelay: 0.5 } });
    const presence = ann.presence();
    assertEquals(await next(presence, 2), ["bob online", "carl online"]);
    line.cutAll();
    await bob.logout();
    await using _dora = await loggedIn(hub.port, "dora");
    assertEquals((await next(presence, 2)).sort(), ["bob offline", "dora online"]);
    await ann.stop();
    await line.stop();
  });
}

Deno.test("a client takes those for gone that a new session does not name, once it has been told all", async () => {
  const clients = (...ids: string[]) => ids.map((client_id) => ({ client_id, status: "online" }));
  await using hub = linesHub();
  const ann = await loggedIn(hub.port, "ann", { watchPresence: true });
  const tell = (seq: number, content: unknown) => ({
    ...{ header: { seq }, item: { from_client_id: "server", msg_type: "presence", content } },
  });
  const first = await hub.connections.next();
  assertEquals(first.offer.presence, true);
  const presence = ann.presence();
  const { header, item } = tell(1, { clients: [...clients("ann", "bob", "carl"), { client_id: "dora" }, 5] });
  first.send(header, item);
  assertEquals(await next(presence, 2), ["bob online", "carl online"]);
  first.close();
  const second = await hub.connections.next();
  const [begin, end] = [
    tell(1, { clients: clients("ann", "emil"), more: true }),
    tell(2, { clients: clients("carl") }),
  ];
  second.send(begin.header, begin.item);
  assertEquals(await next(presence, 1), ["emil online"]);
  second.send(end.header, end.item);
  assertEquals(await next(presence, 1), ["bob offline"]);
  await ann.stop();
});

Deno.test("who cannot be told is told so", async () => {
  const code = (client: CrossCommClient) => assertThrows(() => client.presence(), CrossCommError).code;
  await using python = fakeHub();
  await using hub = await startHub();
  await using unasked = await loggedIn(hub.port, "unasked");
  await using ann = new CrossCommClient({ port: python.port, watchPresence: true });
  assertEquals([code(unasked), code(ann)], ["INVALID_ARGUMENT", "NOT_CONNECTED"]);
  await ann.login();
  assertEquals(code(ann), "NOT_SUPPORTED");
});
