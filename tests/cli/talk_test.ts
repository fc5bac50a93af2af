import { assertEquals, assertStringIncludes } from "@std/assert";
import { CommMsgType, CrossCommClient } from "../../client.ts";
import { startHub } from "../support/start_hub.ts";
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
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: "Sent to bob.", stderr: "" });
    const { value } = await messages.next();
    assertEquals([value?.msgType, value?.content], [type, content]);
  }
});

Deno.test("send says when the addressee is not online, and when there is no such file", async () => {
  await using hub = await startHub();
  const to = ["send", "--port", String(hub.port)];
  const offline = await crosscomm([...to, "--to", "bob", "hello"]);
  assertEquals([offline.code, offline.stdout], [1, ""]);
  assertStringIncludes(offline.stderr, "bob is not online");
  const file = await crosscomm([...to, "--type", "file", "a.txt"]);
  assertEquals([file.code, file.stdout], [1, ""]);
  assertStringIncludes(file.stderr, "there is no a.txt");
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

Deno.test("what others send cannot steer the terminal", async () => {
  await using hub = await startHub();
  await using listener = start(["listen", "--port", String(hub.port), "--client-id", "bob"]);
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  await hub.server.sendMessage("\x1b]0;owned\x07 \x9b31m", CommMsgType.TEXT);
  assertStringIncludes(await listener.line(), "server to all text \\x1b]0;owned\\x07 \\x9b31m");
});

Deno.test("listen exits with 1 and says so when the hub goes away", async () => {
  await using hub = await startHub();
  await using listener = start(["listen", "--port", String(hub.port)]);
  await until(() => hub.server.getOnlineClients().length === 1, "the listener is online");
  await hub.server.stop();
  const { code, stdout, stderr } = await listener.end();
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "the connection to");
});

Deno.test("clients lists who is online, and with --all who was", async () => {
  await using hub = await startHub();
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await using bob = new CrossCommClient({ port: hub.port, clientId: "bob" });
  await ann.login();
  await bob.login();
  await bob.logout();
  const list = ["clients", "--port", String(hub.port), "--client-id", "me"];
  const { code, stdout } = await crosscomm([...list, "--all", "--json"]);
  assertEquals(code, 0);
  const found = stdout.split("\n").map((line) => JSON.parse(line)).map(({ client_id, status }) => [client_id, status]);
  assertEquals(found, [["ann", "online"], ["bob", "offline"]]);
  const online = await crosscomm(list);
  assertStringIncludes(online.stdout, "ann  online");
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
    "/jsn [1]",
    "/clients",
    "/quit",
    "never sent",
  ];
  const { code, stdout, stderr } = await crosscomm(["client", "--port", String(hub.port), "--client-id", "ann"], {
    stdin: `${lines.join("\n")}\n`,
  });
  assertEquals([code, stderr], [0, ""]);
  for (const expected of ["nobody is not online", "did you mean /json?", "ann (you)", "\nbob"]) {
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
