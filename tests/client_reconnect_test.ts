import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AnyMessage, CrossCommClient, type CrossCommClientOptions, CrossCommError } from "../client.ts";
import { FaultyProxy } from "./files/support/faulty_proxy.ts";
import { Inbox } from "./support/inbox.ts";
import { startHub, tempFolder } from "./support/start_hub.ts";

async function loggedIn(port: number, clientId: string, options: CrossCommClientOptions = {}) {
  const client = new CrossCommClient({ port, clientId, reconnect: { maxDelay: 0.1 }, ...options });
  await client.login();
  return client;
}

/** What a client hears. */
function heardBy(client: CrossCommClient): Inbox<AnyMessage> {
  const inbox = new Inbox<AnyMessage>();
  client.messageListener()((message) => inbox.push(message));
  return inbox;
}

/** Waits until a client has lost its connection and is online again; resolves to whether it was resumed. */
async function comeback(client: CrossCommClient): Promise<boolean> {
  let isLost = false;
  for await (const status of client.status()) {
    if (status.state === "lost") isLost = true;
    if (status.state === "online" && isLost) return status.resumed;
  }
  throw new Error("the client has ended");
}

Deno.test("over a line that breaks again and again every message arrives, once and in order", async () => {
  await using hub = await startHub();
  const lines = [new FaultyProxy(hub.port), new FaultyProxy(hub.port)] as const;
  const ann = await loggedIn(lines[0].port, "ann");
  const bob = await loggedIn(lines[1].port, "bob");
  const heard = heardBy(bob);
  for (const line of lines) for (const way of ["up", "down"] as const) line.cut(way, 3_000, 10_000, 1_000, 30_000);

  const numbers = Array.from({ length: 500 }, (_, number) => String(number));
  const sends: Promise<unknown>[] = [];
  for (const number of numbers) {
    sends.push(ann.sendMessage(number, "text", { toClientId: "bob" }));
    if (sends.length % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const receipts = await Promise.all(sends) as { status: string }[];
  assert(receipts.every(({ status }) => status === "delivered"), "all are delivered");
  await bob.listClients();
  assertEquals(heard.drain().map(({ content }) => content), numbers);
  assert(lines[0].harm + lines[1].harm >= 4, "lines broke");
  await ann.stop();
  await bob.stop();
  for (const line of lines) await line.stop();
});

Deno.test("a cut line is resumed, and what was sent meanwhile is not stored but delivered", async () => {
  await using hub = await startHub();
  const line = new FaultyProxy(hub.port);
  await using ann = await loggedIn(hub.port, "ann");
  const bob = await loggedIn(line.port, "bob");
  const heard = heardBy(bob);
  const back = comeback(bob);
  line.cutAll();
  const { status } = await ann.sendMessage("while you were away", "text", { toClientId: "bob" });
  assertEquals([status, await back], ["delivered", true]);
  assertEquals((await heard.next()).content, "while you were away");
  await bob.stop();
  await line.stop();
});

Deno.test("a hub that is restarted is come back to, and what it had on disk is delivered first", async () => {
  await using folder = await tempFolder();
  const options = { clientsFile: `${folder.path}/clients.yaml` };
  const first = await startHub(options);
  const { port } = first;
  await using ann = await loggedIn(port, "ann");
  const bob = await loggedIn(port, "bob");
  await bob.stop();
  assertEquals((await ann.sendMessage("1", "text", { toClientId: "bob" })).status, "stored");
  const back = comeback(ann);
  await first[Symbol.asyncDispose]();
  const sending = ann.sendMessage("2", "text", { toClientId: "bob" });

  await using _second = await startHub({ ...options, port });
  assertEquals([await back, (await sending).status], [false, "stored"]);
  await using again = new CrossCommClient({ port, clientId: "bob" });
  const heard = heardBy(again);
  await again.login();
  assertEquals([(await heard.next()).content, (await heard.next()).content], ["1", "2"]);
});

Deno.test("another hub at the same address does not know the addressee: the sender is told", async () => {
  const first = await startHub();
  const { port } = first;
  await using ann = await loggedIn(port, "ann");
  await using bob = await loggedIn(port, "bob", { reconnect: false });
  const lost = assertRejects(() => bob.finished, CrossCommError);
  await first[Symbol.asyncDispose]();
  await lost;
  const sending = ann.sendMessage("hi", "text", { toClientId: "bob" });
  await using _other = await startHub({ port });
  assertEquals((await assertRejects(() => sending, CrossCommError)).code, "UNKNOWN_CLIENT");
});
