import { assertEquals, assertStringIncludes } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { bareHub } from "../support/fake_transport.ts";
import { frame } from "../support/frame.ts";
import { loginLines } from "../support/lines_peer.ts";

Deno.test("rubbish is rejected with what is wrong, and its sender stays", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const bob = test.login("bob");
  const cases: [rubbish: string | Uint8Array, complaint: string][] = [
    ["", "it is empty"],
    ["hello", "it is not a JSON object"],
    ['{"msg_id":', "the JSON ends too early"],
    ["{}", "the key msg_id is missing"],
    [frame({ msg_type: "video" }), 'the msg_type "video" is unknown'],
    ["[".repeat(100_000), "it is not a JSON object"],
    [new Uint8Array([0xff, 0xfe, 0x00]), "not valid"],
    [new Uint8Array(), "it is empty"],
  ];
  for (const [rubbish, complaint] of cases) {
    const ann = test.login("ann");
    ann.sendRaw(rubbish);
    assertStringIncludes(await log.next("warning: ann: "), complaint);
    ann.send({ to_client_id: "bob", content: complaint });
    assertEquals(bob.transport.messages.at(-1)!.content, complaint);
  }
});

Deno.test("a flood of rubbish makes few lines in the log, which count what they leave out; others are served", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const [ann, bob, flooder] = [test.login("ann"), test.login("bob"), test.login("flooder")];
  for (let i = 0; i < 10_000; i++) {
    flooder.sendRaw(`rubbish ${i}`);
    if (i % 1000 === 0) ann.send({ to_client_id: "bob", content: i });
  }
  flooder.connection.closed();

  assertEquals(bob.transport.messages.length, 10);
  const lines = log.lines.filter((line) => line.startsWith("warning: flooder"));
  assertEquals(lines.length < 100, true, `${lines.length} lines`);
  const counted = lines.map((line) =>
    Number(/(\d+) more/.exec(line)?.[1] ?? 0) + (line.includes("this frame") ? 1 : 0)
  );
  assertEquals(counted.reduce((sum, count) => sum + count), 10_000);
});

Deno.test("one's flood does not silence what is said of another", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const [flooder, ann] = [test.login("flooder"), test.login("ann")];
  for (let i = 0; i < 1000; i++) flooder.sendRaw("rubbish");
  ann.sendRaw("{}");
  await log.next("warning: ann", "the key msg_id is missing");
});

Deno.test("content that a listener of the hub cannot be given is in the log, and passed on all the same", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  const heard: unknown[] = [];
  test.hub.listeners.decorator({})(({ content }) => heard.push(content));
  ann.send({ to_client_id: "all", msg_type: "bytes", content: "no base64!" });
  ann.send({ to_client_id: "all", content: "fine" });

  assertStringIncludes(await log.next("warning: ann"), "the content of a bytes message is not base64");
  assertEquals(bob.transport.messages.map(({ content }) => content), ["no base64!", "fine"]);
  assertEquals(heard, ["fine"]);
});

Deno.test("in version 2, content that a listener of the hub cannot be given costs its sender nothing but itself", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const heard: unknown[] = [];
  test.hub.listeners.decorator({})(({ content }) => heard.push(content));
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendItems(
    1,
    { to_client_id: "server", msg_type: "dict", content: "no dict" },
    { to_client_id: "all", msg_type: "bytes", content: "no base64!" },
    { to_client_id: "all", content: "fine" },
  );

  assertStringIncludes(await log.next("warning: ann"), "the content of a dict message does not parse");
  assertEquals(ann.transport.closed, undefined);
  const { failed, reached } = ann.receipts();
  assertEquals((failed as [number, string][]).map(([number, code]) => [number, code]), [[1, "invalid_frame"]]);
  assertEquals(reached, [[2, 1], [3, 1]]);
  assertEquals(bob.transport.messages.map(({ content }) => content), ["no base64!", "fine"]);
  assertEquals(heard, ["fine"]);
});

Deno.test("an endless word in a frame does not make an endless line in the log", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const endless = "x".repeat(1_000_000);
  for (const parts of [{ msg_type: endless }, { from_client_id: endless }, { to_client_id: endless }]) {
    test.login("ann").send(parts);
    const line = await log.next("warning: ann");
    assertEquals(line.length < 1000, true, `${line.length} characters`);
  }
});
