import { assertEquals, assertStringIncludes } from "@std/assert";
import { CommMsgType, CrossCommClient } from "../../client.ts";
import { TokenFile } from "../../server.ts";
import { fakeHub } from "../support/fake_hub.ts";
import { linesHub } from "../support/lines_hub.ts";
import { frameWithContent } from "../support/frame.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub, tempFolder } from "../support/start_hub.ts";
import { until } from "../support/inbox.ts";
import { crosscomm, start } from "./crosscomm.ts";

Deno.test("send delivers an argument, or standard input, as the type that is asked for", async () => {
  await using hub = await startHub();
  await using bob = new CrossCommClient({ port: hub.port, clientId: "bob" });
  await bob.login();
  const messages = bob.messages();
  const to = ["send", "--port", String(hub.port), "--to", "bob"];
  const sends: [args: string[], stdin: string | undefined, type: string, content: unknown][] = [
    [["hello 世界"], undefined, "text", "hello 世界"],
    [["--", "-5"], undefined, "text", "-5"],
    [[], "from a pipe\n", "text", "from a pipe"],
    [["--type", "json", "[1, 2]"], undefined, "json", "[1, 2]"],
    [["--type", "dict"], '{"a": {"b": 1}}\n', "dict", { a: { b: 1 } }],
    [["--type", "bytes", "00 ff"], undefined, "bytes", new Uint8Array([0, 255])],
    [["--type", "bytes"], "raw\n", "bytes", new TextEncoder().encode("raw\n")],
  ];
  for (const [args, stdin, type, content] of sends) {
    const { code, stdout, stderr } = await crosscomm([...to, ...args], { stdin });
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: "Delivered to bob.", stderr: "" });
    const { value } = await messages.next();
    assertEquals([value?.msgType, value?.content], [type, content]);
  }
});

Deno.test("send says what became of the message", async () => {
  await using hub = await startHub();
  const send = ["send", "--port", String(hub.port), "--client-id", "ann"];
  const outcomes: [args: string[], code: number, stdout: string, stderr: string][] = [
    [["--to", "bob", "hello"], 1, "", "the hub does not know this client"],
    [["hello"], 0, "Sent to nobody: no other client is online.", ""],
    [["--to", "server", "hello"], 0, "Delivered to server.", ""],
    [["--type", "dict", "[1]"], 2, "", "a dict message takes an object, not an array"],
  ];
  for (const [args, code, stdout, stderr] of outcomes) {
    const ended = await crosscomm([...send, ...args]);
    assertEquals([ended.code, ended.stdout], [code, stdout]);
    assertStringIncludes(ended.stderr, stderr);
  }
  await using bob = new CrossCommClient({ port: hub.port, clientId: "bob" });
  await bob.login();
  assertEquals((await crosscomm([...send, "hello"])).stdout, "Sent to 1 client.");
  await bob.logout();
  assertEquals((await crosscomm([...send, "--to", "bob", "hello"])).stdout, "Stored for bob, who is offline.");
});

Deno.test("towards a hub of version 1, send says when the addressee is not online", async () => {
  await using hub = fakeHub();
  const offline = await crosscomm(["send", "--port", String(hub.port), "--to", "bob", "hello"]);
  assertEquals([offline.code, offline.stdout], [1, ""]);
  assertStringIncludes(offline.stderr, "bob is not online");
  const sent = await crosscomm(["send", "--port", String(hub.port), "hello"]);
  assertEquals([sent.code, sent.stdout], [0, "Sent to all."]);
});

Deno.test("send says when there is no such file", async () => {
  await using hub = await startHub();
  const file = await crosscomm(["send", "--port", String(hub.port), "--type", "file", "a.txt"]);
  assertEquals([file.code, file.stdout], [1, ""]);
  assertStringIncludes(file.stderr, "there is no a.txt");
});

Deno.test("a token from the environment opens the hub, and is never printed", async () => {
  await using folder = await tempFolder();
  const tokensFile = `${folder.path}/tokens.json`;
  const { token } = await new TokenFile(tokensFile).create({ clients: "ann" });
  await using hub = await startHub({ tokensFile });
  const send = ["send", "--port", String(hub.port), "--client-id", "ann", "hello"];
  const refused = await crosscomm(send);
  assertEquals(refused.code, 1);
  const byEnvironment = await crosscomm(send, { env: { CROSSCOMM_TOKEN: token } });
  const byUrl = await crosscomm([...send, "--url", `ws://me:${token}@127.0.0.1:${hub.port}`]);
  assertEquals([byEnvironment.code, byUrl.code], [0, 0]);
  const wrong = await crosscomm([...send, "--token", `${token}x`]);
  assertEquals(wrong.code, 1);
  for (const { stdout, stderr } of [refused, byEnvironment, byUrl, wrong]) {
    assertEquals(`${stdout}${stderr}`.includes(token), false);
  }
});

Deno.test("listen prints what arrives; --type and --from choose; Ctrl-C ends it with 0", async () => {
  await using hub = await startHub();
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await using eve = new CrossCommClient({ port: hub.port, clientId: "eve" });
  await ann.login();
  await eve.login();
  const flags = ["--port", String(hub.port), "--client-id", "bob", "--type", "text", "--from", "ann"];
  await using listener = start(["listen", ...flags, "--json"]);
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  await ann.sendMessage({ no: "text" }, CommMsgType.DICT);
  await eve.sendMessage("not from ann", CommMsgType.TEXT);
  await ann.sendMessage("hello\nbob", CommMsgType.TEXT, { toClientId: "bob" });
  const { from_client_id, to_client_id, msg_type, content, oss_key } = JSON.parse(await listener.line());
  assertEquals(
    { from_client_id, to_client_id, msg_type, content, oss_key },
    { from_client_id: "ann", to_client_id: "bob", msg_type: "text", content: "hello\nbob", oss_key: null },
  );
  listener.interrupt();
  assertEquals(await listener.end(), { code: 0, stdout: "", stderr: "" });
});

Deno.test("listen ends where nobody reads on what it prints", async () => {
  await using hub = await startHub();
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await ann.login();
  await using listener = start(["listen", "--port", String(hub.port), "--client-id", "bob"]);
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  await ann.sendMessage("one", CommMsgType.TEXT, { toClientId: "bob" });
  assertStringIncludes(await listener.line(), "one");
  await listener.lines.return!();
  await ann.sendMessage("two", CommMsgType.TEXT, { toClientId: "bob" });
  assertEquals((await listener.end()).code, 141);
});

Deno.test("a dict is sent and printed with its numbers as they were typed; NaN is null for programs alone", async () => {
  await using hub = await startHub();
  const port = ["--port", String(hub.port)];
  await using person = start(["listen", ...port, "--client-id", "person"]);
  await using program = start(["listen", ...port, "--client-id", "program", "--json"]);
  await until(() => hub.server.getOnlineClients().length === 2, "both are online");
  await crosscomm(["send", ...port, "--type", "dict", '{"big":1180591620717411303424,"one":1.0,"no":-0}']);
  const numbers = '{"big":1180591620717411303424,"one":1.0,"no":-0}';
  assertStringIncludes(await person.line(), `dict ${numbers}`);
  assertStringIncludes(await program.line(), `"content":${numbers},`);

  await using python = await RawClient.connect(hub.port);
  await python.login("python");
  const send = (json: string) =>
    python.send(frameWithContent(json, { from_client_id: "python", to_client_id: "all", msg_type: "dict" }));
  send('{"n": NaN,\n"i": [Infinity, -Infinity], "s": "NaN"}');
  assertStringIncludes(await person.line(), 'dict {"n": NaN, "i": [Infinity, -Infinity], "s": "NaN"}');
  const { content } = JSON.parse(await program.line());
  assertEquals(content, { n: null, i: [Infinity, -Infinity], s: "NaN" });

  const deep = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000); // more than JSON.stringify can do
  send(deep);
  assertStringIncludes(await program.line(), `"content":${deep},`);
});

Deno.test("what others send cannot pass for the message of somebody else, nor turn a line around", async () => {
  await using hub = await startHub();
  await using listener = start(["listen", "--port", String(hub.port), "--client-id", "bob"]);
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  await hub.server.sendMessage("a\n12:00:00 ann to bob text yes\r\n\u202egpj.exe שלום", CommMsgType.TEXT);
  assertStringIncludes(await listener.line(), "text a");
  assertEquals([await listener.line(), await listener.line()], [
    "  12:00:00 ann to bob text yes",
    "  \\u202egpj.exe שלום",
  ]);
});

Deno.test("what a download is refused for cannot steer the terminal", async () => {
  await using hub = await startHub();
  await using folder = await tempFolder();
  const listen = ["listen", "--port", String(hub.port), "--client-id", "bob", "--download", folder.path];
  await using listener = start(listen);
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  await using ann = await RawClient.connect(hub.port);
  await ann.login("ann");
  ann.sendFrame({ to_client_id: "bob", msg_type: "file", content: "x", oss_key: "a/../\x9b2J" });
  await listener.line();
  listener.interrupt();
  assertStringIncludes((await listener.end()).stderr, "a/../\\x9b2J");
});

Deno.test("what others send cannot steer the terminal", async () => {
  await using hub = await startHub();
  await using listener = start(["listen", "--port", String(hub.port), "--client-id", "bob"]);
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  await hub.server.sendMessage("\x1b]0;owned\x07 \x9b31m", CommMsgType.TEXT);
  assertStringIncludes(await listener.line(), "server to all text \\x1b]0;owned\\x07 \\x9b31m");
});

Deno.test("listen says when the hub goes away, and goes on when it is back", async () => {
  await using folder = await tempFolder();
  const options = { clientsFile: `${folder.path}/clients.yaml` };
  await using first = await startHub(options);
  const { port } = first;
  await using listener = start(["listen", "--port", String(port), "--client-id", "bob", "--json"]);
  await until(() => first.server.getOnlineClients().length === 1, "the listener is online");
  await first.server.stop();
  const { status, reason } = JSON.parse(await listener.line());
  assertEquals(status, "lost");
  assertStringIncludes(reason, `the connection to ws://127.0.0.1:${port} has ended`);
  await using second = await startHub({ ...options, port });
  assertEquals(JSON.parse(await listener.line()), { status: "online" });
  await second.server.sendMessage("welcome back", CommMsgType.TEXT, { toClientId: "bob" });
  assertEquals(JSON.parse(await listener.line()).content, "welcome back");
  listener.interrupt();
  assertEquals((await listener.end()).code, 0);
});

Deno.test("clients --watch tells who comes and who goes, until Ctrl-C", async () => {
  await using hub = await startHub();
  await using bob = new CrossCommClient({ port: hub.port, clientId: "bob" });
  await bob.login();
  await using watching = start(["clients", "--watch", "--json", "--port", String(hub.port)]);
  assertEquals(JSON.parse(await watching.line()), { client_id: "bob", status: "online" });
  await bob.logout();
  assertEquals(JSON.parse(await watching.line()), { client_id: "bob", status: "offline" });
  if (Deno.build.os === "windows") return; // a Ctrl-C cannot be sent to one process there
  watching.interrupt();
  assertEquals(await watching.end(), { code: 0, stdout: "", stderr: "" });
});

Deno.test("a hub of version 1 cannot be watched, and clients --watch says so", async () => {
  await using hub = fakeHub();
  const { code, stdout, stderr } = await crosscomm(["clients", "--watch", "--port", String(hub.port)]);
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "version 1 and does not tell who comes and goes: leave out --watch");
});

Deno.test("clients lists who is online, and with --all who was", async () => {
  await using hub = await startHub();
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await using bob = new CrossCommClient({ port: hub.port, clientId: "bob" });
  await ann.login();
  await bob.login();
  await bob.logout();
  await using wide = new CrossCommClient({ port: hub.port, clientId: "世界" });
  await wide.login();
  const list = ["clients", "--port", String(hub.port), "--client-id", "me"];
  const { code, stdout } = await crosscomm([...list, "--all", "--json"]);
  assertEquals(code, 0);
  const found = stdout.split("\n").map((line) => JSON.parse(line)).map(({ client_id, status }) => [client_id, status]);
  assertEquals(found, [["ann", "online"], ["bob", "offline"], ["世界", "online"]]);
  const online = await crosscomm(list);
  assertStringIncludes(online.stdout, "ann   online"); // 世界 takes four columns of a terminal
  assertStringIncludes(online.stdout, "世界  online");
  assertEquals(online.stdout.includes("bob"), false);
});

Deno.test("client takes lines: texts, commands, and mistakes that do not end it", async () => {
  await using hub = await startHub();
  await using bob = new CrossCommClient({ port: hub.port, clientId: "bob" });
  await bob.login();
  const messages = bob.messages();
  const lines = [
    "hello everyone",
    "//slash",
    "/to bob",
    "/json [1]",
    '/dict {"a": 1}',
    "/bytes 68 69",
    "/to nobody",
    "anybody there?",
    "/jsn [1]",
    "/clients",
    "/quit",
    "never sent",
  ];
  const { code, stdout, stderr } = await crosscomm(["client", "--port", String(hub.port), "--client-id", "ann"], {
    stdin: `${lines.join("\n")}\n`,
  });
  assertEquals([code, stderr], [0, ""]);
  for (const expected of ["the hub does not know this client", "did you mean /json?", "ann (you)", "\nbob"]) {
    assertStringIncludes(stdout, expected);
  }
  await bob.logout();
  const received: unknown[] = [];
  for await (const { toClientId, content } of messages) received.push([toClientId, content]);
  assertEquals(received, [
    ["all", "hello everyone"],
    ["all", "/slash"],
    ["bob", "[1]"],
    ["bob", { a: 1 }],
    ["bob", new Uint8Array([0x68, 0x69])],
  ]);
});

Deno.test("client prints what arrives, and ends when the hub does", async () => {
  await using hub = await startHub();
  await using client = start(["client", "--port", String(hub.port), "--client-id", "ann", "--json"], { stdin: "hi\n" });
  const receipt = JSON.parse(await client.line());
  assertEquals(receipt.status, "sent");
  assertEquals((await client.end()).code, 0); // standard input has ended
});

Deno.test("an address on the command line counts for more than a URL from the environment", async () => {
  await using hub = await startHub();
  const env = { CROSSCOMM_URL: "ws://127.0.0.1:1" };
  const [flag, environment] = await Promise.all([
    crosscomm(["clients", "--port", String(hub.port)], { env }),
    crosscomm(["clients"], { env }),
  ]);
  assertEquals([flag.code, environment.code], [0, 1]);
});

Deno.test("listen and client say which messages of theirs were stored and are lost", async () => {
  await using hub = linesHub();
  const content = { code: "expired", reason: "it waited for too long", msg_id: "m1", to_client_id: "bob" };
  for (const command of ["listen", "client"]) {
    await using told = start([command, "--port", String(hub.port), "--json"], { stdin: "hi\n" });
    (await hub.connections.next()).send({ seq: 1 }, { from_client_id: "server", msg_type: "error", content });
    assertEquals(JSON.parse(await told.line()), {
      ...{ status: "undelivered", msg_id: "m1", to_client_id: "bob", code: "EXPIRED" },
      reason: "the message m1 to bob was stored, and is lost: it waited for too long",
    });
  }
});
