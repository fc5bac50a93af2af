import { assertEquals, assertStringIncludes } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { bareHub, type FakeClient } from "../support/fake_transport.ts";
import { until } from "../support/inbox.ts";
import { type Frame, frame, frameWithContent } from "../support/frame.ts";

const MIB = 1024 * 1024;

function texts({ transport }: FakeClient): string[] {
  return transport.messages.map(({ text }) => text);
}

Deno.test("a message goes to the one that it is for, in its sender's own text", async () => {
  await using test = await bareHub();
  const [ann, bob, carl] = [test.login("ann"), test.login("bob"), test.login("carl")];
  const text = frameWithContent('[1.0,  1, 9007199254740993, 1E5, "\\u00e9\\ud800"]', {
    from_client_id: "ann",
    to_client_id: "bob",
    msg_type: "dict",
  });
  ann.sendRaw(text);

  assertEquals([texts(ann), texts(bob), texts(carl)], [[], [text], []]);
});

Deno.test("a message to all goes to all but its sender, in its sender's own text", async () => {
  await using test = await bareHub();
  const [ann, bob, carl] = [test.login("ann"), test.login("bob"), test.login("carl")];
  const text = frameWithContent('"  é  "', { from_client_id: "ann", to_client_id: "all" });
  ann.sendRaw(text);

  assertEquals([texts(ann), texts(bob), texts(carl)], [[], [text], [text]]);
});

Deno.test("a message to oneself comes back", async () => {
  await using test = await bareHub();
  const ann = test.login("ann");
  ann.send({ to_client_id: "ann", content: "note to self" });
  assertEquals(ann.transport.messages.map(({ content }) => content), ["note to self"]);
});

Deno.test("an eighth key is taken out on the way, for deployed SDKs drop such a message", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  ann.send({ to_client_id: "bob", content: "hi", color: "red" });

  const [received] = bob.transport.messages;
  assertEquals(Object.keys(JSON.parse(received!.text)).length, 7);
  assertEquals(received!.content, "hi");
});

Deno.test("all seven types are passed on, those of files with their keys", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  for (const msg_type of ["text", "json", "dict", "bytes", "image", "file", "folder"]) {
    ann.send({ to_client_id: "bob", msg_type, oss_key: `key of ${msg_type}` });
  }
  assertEquals(
    bob.transport.messages.map(({ msg_type, oss_key }) => [msg_type, oss_key]),
    ["text", "json", "dict", "bytes", "image", "file", "folder"].map((type) => [type, `key of ${type}`]),
  );
});

Deno.test("a message to nobody known is in the log", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  test.login("ann").send({ to_client_id: "nobody" });
  assertStringIncludes(
    await log.next("warning", "ann"),
    "a text message to nobody did not get to nobody (unknown client)",
  );
});

Deno.test("the hub's own message tells how many it went to, and what became of it at a single client", async () => {
  await using test = await bareHub();
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  test.login("carl").send({ msg_type: "logout" });

  assertEquals(await test.sendOwn("to all", "all"), 2);
  assertEquals(await test.sendOwn("to ann", "ann"), "sent");
  assertEquals(await test.sendOwn("", "carl"), "stored");
  assertEquals(await test.sendOwn("", "nobody"), "unknown_client");

  const [{ msg_id: _id, timestamp: _time, text: _text, ...received }] = bob.transport.messages as [Frame];
  assertEquals(received, {
    ...{ from_client_id: "server", to_client_id: "all", msg_type: "text", content: "to all", oss_key: null },
  });
  assertEquals(ann.transport.messages.map(({ content }) => content), ["to all", "to ann"]);
});

Deno.test("a frame over 1 MiB is held back from a deployed client, whose connection survives, and the log says so", async () => {
  await using log = await captureLog();
  await using test = await bareHub({ bufferLimit: 100 * MIB });
  const [ann, python] = [test.login("ann"), test.login("python")];
  const ours = test.login("ours", { limits: { frame_bytes: 64 * MIB } });

  const room = MIB - frame({ from_client_id: "ann", to_client_id: "all", content: "" }).length;
  ann.send({ to_client_id: "all", content: "x".repeat(room) });
  ann.send({ to_client_id: "all", content: "x".repeat(room + 1) });
  ann.send({ to_client_id: "all", content: "small" });

  assertEquals(python.transport.messages.map(({ text }) => text.length > 1000), [true, false]);
  assertEquals(ours.transport.messages.map(({ text }) => text.length > 1000), [true, true, false]);
  assertEquals(python.transport.closed, undefined);
  assertStringIncludes(await log.next("warning", "ann"), "a text message to all did not get to python (too large)");
});

Deno.test("1 MiB is counted in bytes, not in characters", async () => {
  await using test = await bareHub({ bufferLimit: 100 * MIB });
  const [ann, python] = [test.login("ann"), test.login("python")];
  ann.send({ to_client_id: "python", content: "é".repeat(MIB / 2 - 1000) });
  ann.send({ to_client_id: "python", content: "é".repeat(MIB / 2) });
  ann.send({ to_client_id: "python", content: "😀".repeat(MIB / 4) });
  assertEquals(python.transport.messages.length, 1);
});

Deno.test("a client that offers a smaller limit is kept to it", async () => {
  await using test = await bareHub();
  const [ann, small] = [test.login("ann"), test.login("small", '{"limits": {"frame_bytes": 1000}}')];
  ann.send({ to_client_id: "small", content: "x".repeat(2000) });
  ann.send({ to_client_id: "small", content: "fits" });
  assertEquals(small.transport.messages.map(({ content }) => content), ["fits"]);
});

Deno.test("of many that a message did not get to, the log names a few and counts the rest", async () => {
  await using log = await captureLog();
  await using test = await bareHub({ bufferLimit: 100 * MIB });
  const ann = test.login("ann");
  for (let i = 0; i < 10; i++) test.login(`python${i}`);
  ann.send({ to_client_id: "all", content: "x".repeat(2 * MIB) });

  const line = await log.next("ann", "did not get to");
  assertStringIncludes(line, "python0 (too large), python1 (too large), python2 (too large) and 7 more");
});

Deno.test("what a connection that is just closing did not take waits for the next login", async () => {
  await using test = await bareHub();
  const [ann, bob, carl] = [test.login("ann"), test.login("bob"), test.login("carl")];
  bob.transport.close(1000, "");
  ann.send({ to_client_id: "bob", content: "to bob" });
  ann.send({ to_client_id: "all", content: "to all" });
  bob.connection.closed();

  assertEquals(carl.transport.messages.length, 1);
  const again = test.login("bob");
  await until(() => again.transport.messages.length > 0, "it has come");
  assertEquals(again.transport.messages.map(({ content }) => content), ["to bob"]);
});

Deno.test("a receiver's name cannot write lines of its own into the log", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  test.login("ann").send({ to_client_id: "x\nerror: the hub is on fire" });
  assertEquals((await log.next("did not get to")).includes("\n"), false);
});

Deno.test("what of the hub's own messages to all did not get through is in the log", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  test.login("python");
  assertEquals(await test.sendOwn("x".repeat(2 * MIB), "all"), 0);
  await log.next("warning", "did not get to python (too large)");
});
