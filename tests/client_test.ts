import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type AnyMessage,
  type CommMsgType,
  CrossCommClient,
  type CrossCommClientOptions,
  CrossCommError,
  crossCommService,
  type Message,
} from "../mod.ts";
import { captureLog } from "./support/captured_log.ts";
import { fakeHub, likePython } from "./support/fake_hub.ts";
import { Inbox } from "./support/inbox.ts";
import { startHub } from "./support/start_hub.ts";

async function loggedIn(
  port: number,
  clientId: string,
  options: CrossCommClientOptions = {},
): Promise<CrossCommClient> {
  const client = new CrossCommClient({ port, clientId, ...options });
  await client.login();
  return client;
}

/** What a client hears. */
function heardBy(client: CrossCommClient): Inbox<AnyMessage> {
  const inbox = new Inbox<AnyMessage>();
  client.messageListener()((message) => inbox.push(message));
  return inbox;
}

Deno.test("options that make no sense are refused, and named", () => {
  const wrong: [options: CrossCommClientOptions, name: string][] = [
    [{ ip: " " }, "ip must be a string that is not empty"],
    [{ ip: "a b" }, "ws://a b:9898 is no address of a hub"],
    [{ ip: "192.168.1.5:9898" }, "is no address of a hub"],
    [{ port: 0 }, "port must be a whole number from 1 to 65535, not 0"],
    [{ port: 1.5 }, "port"],
    [{ url: "http://example.com" }, "http://example.com is no address of a hub"],
    [{ url: "hub" }, "is no address of a hub"],
    [{ url: "" }, "url must be a string that is not empty"],
    [{ url: new URL("ws://127.0.0.1:9898") as unknown as string }, "url must be a string"],
    [{ clientId: "" }, "clientId must be a string that is not empty"],
    [{ clientId: 5 as unknown as string }, "clientId"],
    [{ heartbeatInterval: 0 }, "heartbeatInterval"],
    [{ heartbeatInterval: NaN }, "heartbeatInterval"],
    [{ token: "" }, "token"],
    [{ reconnect: { maxDelay: 0 } }, "maxDelay"],
    [{ reconnect: { giveUpAfter: -1 } }, "giveUpAfter"],
  ];
  for (const [options, name] of wrong) {
    const error = assertThrows(() => new CrossCommClient(options), CrossCommError, undefined, Deno.inspect(options));
    assertEquals(error.code, "INVALID_ARGUMENT");
    assertStringIncludes(error.message, name);
  }
});

Deno.test("a role and a type to listen for that there are not are refused, where nothing would ever be heard", () => {
  const client = new CrossCommClient();
  const wrong = "txt" as CommMsgType;
  const calls = [
    () => crossCommService({ role: "clinet" as "client" }),
    () => client.messageListener({ msgType: wrong }),
    () => client.messages({ msgType: wrong }),
  ];
  for (const call of calls) assertEquals(assertThrows(call, CrossCommError).code, "INVALID_ARGUMENT");
});

Deno.test("an address is made of ip and port, and one to listen on stands for this machine", () => {
  const urls: [options: CrossCommClientOptions, url: string][] = [
    [{}, "ws://127.0.0.1:9898"],
    [{ ip: "hub.local", port: 80 }, "ws://hub.local:80"],
    [{ ip: "0.0.0.0" }, "ws://127.0.0.1:9898"],
    [{ ip: "::" }, "ws://[::1]:9898"],
    [{ ip: "fe80::1", port: 5 }, "ws://[fe80::1]:5"],
    [{ ip: "user:secret@hub" }, "ws://hub:9898"],
    [{ url: "wss://user:se%25cret@hub.example/path" }, "wss://hub.example/path"],
    [{ url: "wss://hub.example/path?x=1" }, "wss://hub.example/path?x=1"],
  ];
  for (const [options, url] of urls) assertEquals(new CrossCommClient(options).url, url);
});

Deno.test("without an id of its own a client has one like Python's, another one each time", () => {
  const [first, second] = [new CrossCommClient(), crossCommService({ role: "client" })];
  assertMatch(first.clientId, /^[0-9a-f]{12}_[0-9a-f]{8}$/);
  assert(first.clientId !== second.clientId);
  assert(second instanceof CrossCommClient);
});

Deno.test("what one sends, the others hear: all types, whoever it is for", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  await using bob = await loggedIn(hub.port, "bob");
  const heard = heardBy(bob);
  const contents = { text: "é", json: '{"a":[1]}', dict: { a: [1] }, bytes: new Uint8Array([0, 255]) };

  for (const toClientId of ["all", "bob"]) {
    for (const [type, content] of Object.entries(contents)) {
      const { msgId } = await ann.sendMessage(content as string, type as "text", { toClientId });
      const message = await heard.next();
      assertEquals([message.msgId, message.fromClientId, message.toClientId], [msgId, "ann", toClientId]);
      assertEquals([message.msgType, message.content, message.ossKey] as unknown, [type, content, null]);
    }
  }
});

Deno.test("a client never hears its own messages, even those to itself", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  await using bob = await loggedIn(hub.port, "bob");
  const heard = heardBy(ann);
  for (const toClientId of ["ann", "all"]) await ann.sendMessage("own", "text", { toClientId });
  await ann.listClients(); // the hub has dealt with them
  await bob.sendMessage("bob's", "text");

  assertEquals((await heard.next()).content, "bob's");
  assertEquals(heard.drain(), []);
});

Deno.test("a method with a decorator listens", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  await using bob = await loggedIn(hub.port, "bob");
  const heard = new Inbox<string>();
  class Greeter {
    constructor(readonly greeting: string) {}

    @bob.messageListener({ msgType: "text", fromClientId: "ann" })
    async onText(message: Message<"text">) {
      await Promise.resolve();
      heard.push(`${this.greeting} ${message.content}`);
    }
  }
  new Greeter("hello");

  await ann.sendMessage({}, "dict");
  await hub.server.sendMessage("from the hub", "text");
  await ann.sendMessage("world", "text");
  assertEquals(await heard.next(), "hello world");
});

Deno.test("messages arrive in order at a listener that takes its time", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  const bob = await loggedIn(hub.port, "bob");
  const heard: unknown[] = [];
  bob.messageListener({ msgType: "text" })(async ({ content }) => {
    await new Promise((resolve) => setTimeout(resolve, Number(content) % 3));
    heard.push(content);
  });
  const numbers = Array.from({ length: 60 }, (_, i) => String(i));
  for (const number of numbers) await ann.sendMessage(number, "text");
  await ann.listClients();
  await bob.listClients(); // all have arrived
  await bob.stop(); // and have been dealt with
  assertEquals(heard, numbers);
});

Deno.test("a listener that throws harms neither the others nor the connection", async () => {
  await using log = await captureLog();
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  await using bob = await loggedIn(hub.port, "bob");
  bob.messageListener()(() => {
    throw new Error("a bad day");
  });
  const heard = heardBy(bob);
  for (const content of ["1", "2"]) await ann.sendMessage(content, "text");

  assertEquals([(await heard.next()).content, (await heard.next()).content], ["1", "2"]);
  await log.next("error", "A listener failed at a text message from ann", "a bad day");
});

Deno.test("what a client cannot read is in the log, and the next message arrives", async () => {
  await using log = await captureLog();
  await using hub = fakeHub();
  await using ann = await loggedIn(hub.port, "ann");
  const heard = heardBy(ann);
  const [connection] = hub.connections;
  for (const rubbish of ["rubbish", "", "{}", '{"eighth": 1}']) connection!.sendText(rubbish);
  connection!.send({ msg_type: "bytes", content: "no base64!" });
  connection!.send({ msg_type: "logout" });
  connection!.send({ from_client_id: "bob", content: "fine" });

  assertEquals((await heard.next()).content, "fine");
  for (const what of ["not a JSON object", "it is empty", "msg_id is missing", "msg_id is missing", "not base64"]) {
    await log.next("warning: ann", what);
  }
  assert(ann.isConnected);
});

Deno.test("messages() hands out what arrives until the logout", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  await using bob = await loggedIn(hub.port, "bob");
  const texts = bob.messages({ msgType: "text" });
  const reading = Array.fromAsync(texts, ({ content }) => content);
  for (const content of ["1", "2", "3"]) await ann.sendMessage(content, "text");
  await ann.listClients();
  await bob.listClients();
  await bob.logout();

  assertEquals(await reading, ["1", "2", "3"]);
});

Deno.test("messages() ends when the hub goes, once it has handed out what arrived", async () => {
  const hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann", { reconnect: false });
  const all = ann.messages();
  await hub.server.sendMessage("last words", "text");
  await ann.listClients();
  await hub[Symbol.asyncDispose]();
  await assertRejects(() => ann.finished, CrossCommError);

  assertEquals((await Array.fromAsync(all)).map(({ content }) => content), ["last words"]);
});

Deno.test("finished resolves at the logout", async () => {
  await using hub = await startHub();
  const ann = await loggedIn(hub.port, "ann");
  const { finished } = ann;
  assert(ann.isConnected);
  await ann.logout();
  await finished;
  await ann.finished;
  assertEquals(ann.isConnected, false);
  assertEquals(hub.server.getOnlineClients(), []);
  await ann.logout();
});

Deno.test("without reconnecting, finished rejects when the hub goes: CONNECTION_LOST, for who asks afterwards too", async () => {
  const hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann", { reconnect: false });
  const { finished } = ann;
  await hub[Symbol.asyncDispose]();

  for (const promise of [finished, ann.finished]) {
    const error = await assertRejects(() => promise, CrossCommError);
    assertEquals(error.code, "CONNECTION_LOST");
    assertStringIncludes(error.message, `the connection to ws://127.0.0.1:${hub.port} has ended`);
  }
  assertEquals(ann.isConnected, false);
});

Deno.test("a client whose name is taken over is told so", async () => {
  await using hub = await startHub();
  await using first = await loggedIn(hub.port, "ann");
  await using second = await loggedIn(hub.port, "ann");
  const error = await assertRejects(() => first.finished, CrossCommError);
  assertStringIncludes(error.message, "another login under the same id");
  assert(second.isConnected);
});

Deno.test("after a logout, or the end of a hub, a client can log in again, and its listeners still listen", async () => {
  await using hub = fakeHub();
  await using ann = await loggedIn(hub.port, "ann", { reconnect: false });
  const heard = heardBy(ann);
  await ann.logout();
  await ann.login();
  hub.connections.at(-1)!.send({ from_client_id: "bob", content: "1" });
  assertEquals((await heard.next()).content, "1");

  hub.connections.at(-1)!.close();
  await assertRejects(() => ann.finished, CrossCommError);
  await ann.login();
  hub.connections.at(-1)!.send({ from_client_id: "bob", content: "2" });
  assertEquals((await heard.next()).content, "2");

  const { finished } = ann;
  await ann.logout();
  await finished;
});

Deno.test("stop waits for listeners that are at work, and await using stops", async () => {
  await using hub = fakeHub();
  let done = false;
  {
    await using ann = await loggedIn(hub.port, "ann");
    const begun = Promise.withResolvers<void>();
    ann.messageListener()(async () => {
      begun.resolve();
      await hub.inbox.next(({ msg_type }) => msg_type === "logout");
      await new Promise((resolve) => setTimeout(resolve, 50)); // longer than all the rest of stopping
      done = true;
    });
    hub.connections[0]!.send({ from_client_id: "bob" });
    await begun.promise;
  }
  assert(done);
});

Deno.test("a listener can answer, and can log its client out", async () => {
  await using hub = fakeHub();
  const ann = await loggedIn(hub.port, "ann");
  ann.messageListener()(async ({ fromClientId }) => {
    await ann.sendMessage("goodbye", "text", { toClientId: fromClientId });
    await ann.logout();
  });
  hub.connections[0]!.send({ from_client_id: "bob" });
  assertEquals((await hub.inbox.next(({ msg_type }) => msg_type === "text")).to_client_id, "bob");
  await ann.finished;
});

Deno.test("a listener can stop its own client", async () => {
  await using hub = fakeHub();
  const ann = await loggedIn(hub.port, "ann");
  const stopped = new Inbox<string>();
  ann.messageListener()(async () => {
    await ann.stop();
    stopped.push("stopped");
  });
  hub.connections[0]!.send({ from_client_id: "bob" });
  await stopped.next();
});

Deno.test("a listener can answer what comes right behind the login", async () => {
  await using hub = fakeHub((frame, connection) => {
    likePython(frame, connection);
    if (frame.msg_type === "login") connection.send({ from_client_id: "bob", content: "early" });
  });
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  ann.messageListener()(async ({ fromClientId, content }) => {
    await ann.sendMessage(`${content} indeed`, "text", { toClientId: fromClientId });
  });
  await ann.login();
  assertEquals((await hub.inbox.next(({ msg_type }) => msg_type === "text")).content, "early indeed");
});

Deno.test("a login while a logout is under way waits for it, and then logs in", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  const logout = ann.logout();
  await ann.login();
  await logout;
  assert(ann.isConnected);
  await ann.sendMessage("here again", "text");
});

Deno.test("stopping a client that never logged in ends its iterators", async () => {
  const ann = new CrossCommClient();
  const all = ann.messages();
  await ann.stop();
  assertEquals(await all.next(), { done: true, value: undefined });
});

Deno.test("what is asked for after a stop is at its end at once, and comes again after the next login", async () => {
  await using hub = await startHub();
  await using ann = await loggedIn(hub.port, "ann");
  await ann.stop();
  assertEquals(await Array.fromAsync(ann.messages()), []);
  await ann.login();
  const messages = ann.messages();
  await hub.server.sendMessage("hello", "text", { toClientId: "ann" });
  assertEquals((await messages.next()).value?.content, "hello");
  await hub.server.stop();
  assertEquals(await Array.fromAsync(hub.server.messages()), []);
});
