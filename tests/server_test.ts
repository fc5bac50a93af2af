import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { CommMsgType, CrossCommError, CrossCommServer, type CrossCommServerOptions, crossCommService } from "../mod.ts";
import { captureLog } from "./support/captured_log.ts";
import { Inbox, until } from "./support/inbox.ts";
import { RawClient } from "./support/raw_client.ts";
import { startHub, tempFolder } from "./support/start_hub.ts";
import { TcpClient } from "./support/tcp_client.ts";

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, CrossCommError)).code;
}

Deno.test("a hub listens on a free port of its own choice where it is told 0", async () => {
  await using hub = await startHub();
  assertEquals(hub.server.addr.hostname, "127.0.0.1");
  assert(hub.port > 0);
  assertEquals(assertThrows(() => new CrossCommServer().addr, CrossCommError).code, "NOT_CONNECTED");
});

Deno.test("options that make no sense are refused, and named", () => {
  const wrong: [options: CrossCommServerOptions, name: string][] = [
    [{ ip: "" }, "ip must be a string that is not empty"],
    [{ ip: 5 as unknown as string }, "ip"],
    [{ port: -1 }, "port must be a whole number from 0 to 65535, not -1"],
    [{ port: 65536 }, "port"],
    [{ port: 98.5 }, "port"],
    [{ port: NaN }, "port"],
    [{ port: "9898" as unknown as number }, "port"],
    [{ heartbeatInterval: 0 }, "heartbeatInterval must be a number of seconds above 0"],
    [{ heartbeatInterval: -5 }, "heartbeatInterval"],
    [{ heartbeatTimeout: NaN }, "heartbeatTimeout"],
    [{ heartbeatTimeout: Infinity }, "heartbeatTimeout"],
    [{ heartbeatTimeout: 3_000_000 }, "heartbeatTimeout"],
    [{ clientsFile: " " }, "clientsFile"],
  ];
  for (const [options, name] of wrong) {
    const error = assertThrows(() => new CrossCommServer(options), CrossCommError, undefined, Deno.inspect(options));
    assertEquals(error.code, "INVALID_ARGUMENT");
    assertStringIncludes(error.message, name);
  }
});

Deno.test("a bound on waiting bytes that makes no sense is refused", () => {
  for (const maxBufferedBytes of [NaN, -1, 0, "1" as unknown as number]) {
    assertThrows(() => new CrossCommServer({ maxBufferedBytes }), CrossCommError, "maxBufferedBytes");
  }
});

Deno.test("crossCommService makes a hub by its role", () => {
  const hub = crossCommService({ role: "server", ip: "127.0.0.1", port: 0 });
  assert(hub instanceof CrossCommServer);
});

Deno.test("the hub hears what is for it and for all, by type and sender, and never itself", async () => {
  await using hub = await startHub();
  const heard = new Inbox<unknown>();
  hub.server.messageListener({ msgType: CommMsgType.DICT, fromClientId: "ann" })(({ content }) => heard.push(content));
  const texts = hub.server.messages({ msgType: "text" });
  await using ann = await RawClient.login(hub.port, "ann");

  await hub.server.sendMessage("its own", "text");
  ann.sendFrame({ to_client_id: "all", content: "text" });
  ann.sendFrame({ to_client_id: "server", msg_type: "dict", content: '{"by": "ann"}' });
  assertEquals(await heard.next(), { by: "ann" });
  assertEquals((await texts.next()).value?.content, "text");
});

Deno.test("a listener of the hub that throws harms nobody", async () => {
  await using log = await captureLog();
  await using hub = await startHub();
  hub.server.messageListener()(() => {
    throw new Error("a bad day");
  });
  await using ann = await RawClient.login(hub.port, "ann");
  await using bob = await RawClient.login(hub.port, "bob");
  for (const content of ["1", "2"]) ann.sendFrame({ to_client_id: "all", content });

  assertEquals([(await bob.next("text")).content, (await bob.next("text")).content], ["1", "2"]);
  await log.next("error", "a bad day");
  assertEquals(await ann.clients(), { ann: "online", bob: "online" });
});

Deno.test("a hub answers from its listener", async () => {
  await using hub = await startHub();
  hub.server.messageListener({ msgType: "text" })(async ({ content, fromClientId }) => {
    await hub.server.sendMessage(`${content} yourself`, "text", { toClientId: fromClientId });
  });
  await using ann = await RawClient.login(hub.port, "ann");
  ann.sendFrame({ to_client_id: "server", content: "hello" });

  const answer = await ann.next("text");
  assertEquals([answer.from_client_id, answer.to_client_id, answer.content], ["server", "ann", "hello yourself"]);
});

Deno.test("a receipt of the hub tells the id of the message and how many it went to", async () => {
  await using hub = await startHub();
  assertEquals((await hub.server.sendMessage("nobody there", "text")).recipients, 0);
  await using ann = await RawClient.login(hub.port, "ann");
  await using _bob = await RawClient.login(hub.port, "bob");
  const receipt = await hub.server.sendMessage({ a: 1 }, "dict");

  assertEquals(receipt, { msgId: (await ann.next("dict")).msg_id, status: "sent", recipients: 2 });
});

Deno.test("what the hub cannot send, it says", async () => {
  await using hub = await startHub();
  await using _python = await RawClient.login(hub.port, "python");
  const { server } = hub;
  const send = (content: unknown, type: string, toClientId?: string) =>
    codeOf(server.sendMessage(content as string, type as "text", { toClientId }));

  assertEquals(await send(5, "text"), "INVALID_CONTENT");
  assertEquals(await send("hi", "video"), "INVALID_ARGUMENT");
  assertEquals(await send("hi", "text", ""), "INVALID_ARGUMENT");
  assertEquals(await send("hi", "text", "server"), "INVALID_ARGUMENT");
  assertEquals(await send("x".repeat(1024 * 1024), "text", "python"), "MESSAGE_TOO_LARGE");
  assertEquals(await send("hi", "text", "nobody"), "UNKNOWN_CLIENT");
  assertEquals(hub.server.getOnlineClients(), ["python"]);
});

Deno.test("stopping closes every client, says why, and ends what waits on the hub", async () => {
  await using hub = await startHub();
  await using ann = await RawClient.login(hub.port, "ann");
  await using stranger = await RawClient.connect(hub.port);
  const texts = hub.server.messages();
  ann.sendFrame({ to_client_id: "server", content: "last words" });
  await ann.clients();
  const { port, server } = hub;
  const finished = server.finished.then(() => "finished");
  await server.stop();

  assertEquals(await ann.closed, { code: 4000, reason: "the hub is stopping" });
  assertEquals((await stranger.closed).code, 4000);
  assertEquals(await finished, "finished");
  assertEquals((await Array.fromAsync(texts)).map(({ content }) => content), ["last words"]);
  await assertRejects(() => RawClient.connect(port));
  assertEquals(server.getOnlineClients(), []);
  assertEquals(await codeOf(server.sendMessage("hi", "text", { toClientId: "ann" })), "NOT_CONNECTED");
});

Deno.test("what the hub sends right before it stops arrives", async () => {
  await using hub = await startHub();
  await using ann = await RawClient.login(hub.port, "ann");
  hub.server.sendMessage("1", "text");
  hub.server.sendMessage("2", "text");
  await hub.server.stop();
  assertEquals([(await ann.next("text")).content, (await ann.next("text")).content], ["1", "2"]);
  assertEquals((await ann.closed).code, 4000);
});

Deno.test("stopping waits for listeners that are at work", async () => {
  await using hub = await startHub();
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let done = 0;
  hub.server.messageListener()(async () => {
    begun.resolve();
    await gate.promise;
    await new Promise((resolve) => setTimeout(resolve, 50)); // longer than all the rest of stopping
    done++;
  });
  await using ann = await RawClient.login(hub.port, "ann");
  for (const content of ["1", "2"]) ann.sendFrame({ to_client_id: "server", content });
  await ann.clients();
  await begun.promise;
  const stopped = hub.server.stop();
  await ann.closed;
  assertEquals(done, 0);
  gate.resolve();
  await stopped;
  assertEquals(done, 2);
});

Deno.test("stopping twice, or without having started, does no harm; starting twice is refused", async () => {
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/clients.yaml`;
  const server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile });
  await server.startServer();
  assertEquals(await codeOf(server.startServer()), "INVALID_ARGUMENT");
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  await server.finished;
  assertEquals(await codeOf(server.startServer()), "INVALID_ARGUMENT");

  const never = new CrossCommServer({ clientsFile });
  await never.stop();
  await never.finished;
});

Deno.test("await using stops a hub", async () => {
  await using folder = await tempFolder();
  let port: number;
  {
    await using server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile: `${folder.path}/clients.yaml` });
    await server.startServer();
    port = server.addr.port;
    await using _ann = await RawClient.login(port, "ann");
  }
  await assertRejects(() => RawClient.connect(port));
  assertStringIncludes(await Deno.readTextFile(`${folder.path}/clients.yaml`), "ann");
});

Deno.test("a hub stops though a client does not read, or never answers", async () => {
  await using hub = await startHub();
  using mute = await TcpClient.connect(hub.port);
  await mute.handshake();
  using half = await TcpClient.connect(hub.port);
  await half.write("GET / HT");
  await using _ann = await RawClient.login(hub.port, "ann");
  await hub.server.stop();
});

Deno.test("a listener can stop its own hub", async () => {
  await using hub = await startHub();
  hub.server.messageListener()(() => hub.server.stop());
  await using ann = await RawClient.login(hub.port, "ann");
  ann.sendFrame({ to_client_id: "server", content: "stop" });
  await hub.server.finished;
});

Deno.test("a hub that is told to stop while it starts does not listen in the end", async () => {
  await using folder = await tempFolder();
  const server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile: `${folder.path}/clients.yaml` });
  const starting = server.startServer().catch(() => {});
  await server.stop();
  await starting;
  assertThrows(() => server.addr, CrossCommError);
});

Deno.test("what a hub knew is what it knows when it is started again", async () => {
  await using first = await startHub();
  await using ann = await RawClient.login(first.port, "ann");
  await ann.clients();
  await first.server.stop();
  await using second = await startHub({ clientsFile: first.clientsFile });
  await using bob = await RawClient.login(second.port, "bob");
  assertEquals(await bob.clients(), { ann: "offline", bob: "online" });
  await until(async () => (await Deno.readTextFile(first.clientsFile)).includes("bob"), "bob is saved");
});
