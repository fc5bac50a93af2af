import { assert, assertEquals } from "@std/assert";
import { bareHub, type FakeClient } from "../support/fake_transport.ts";
import { frame, readFrame } from "../support/frame.ts";
import { until } from "../support/inbox.ts";
import { loginLines, mergeReceipts } from "../support/lines_peer.ts";
import { WireTransport } from "../support/wire_transport.ts";

Deno.test("receipts keep to the client's frame size, however many there are and whatever they quote", async () => {
  await using test = await bareHub();
  const frames: string[] = [];
  const connection = test.hub.connect(new WireTransport((text) => frames.push(text)));
  const say = (text: string) => connection.receive(new TextEncoder().encode(text));
  const content = { protocol: 2, limits: { frame_bytes: 20_000 } };
  say(frame({ from_client_id: "ann", msg_type: "login", content }));
  const endless = frame({ from_client_id: "ann", msg_type: "\u0001".repeat(5_000) });
  say(['{"seq":1}', ...Array(500).fill(endless)].join("\n"));

  const failed = () => mergeReceipts(frames.flatMap((text) => text.split("\n").slice(1).map(readFrame))).failed ?? [];
  await until(() => failed().length === 500, "all is told");
  assertEquals(failed().map((entry) => (entry as unknown[])[0]), Array.from({ length: 500 }, (_, index) => index + 1));
  const longest = Math.max(...frames.map((text) => new TextEncoder().encode(text).length));
  assert(longest <= 20_000, `a frame of ${longest} bytes`);
});

Deno.test("small messages count for what they cost to hold: most of that is not their text", async () => {
  await using test = await bareHub({ bufferLimit: 100_000 });
  const [ann, bob] = [test.login("ann"), loginLines(test, "bob")];
  let sent = 0;
  for (; bob.transport.closed === undefined; sent++) ann.send({ to_client_id: "bob", content: "" });
  assertEquals(bob.transport.closed.code, 4001);
  assert(sent < 200, `${sent} messages`);
});

Deno.test("a frame of nothing but rubbish is not read to its end", async () => {
  await using test = await bareHub({ bufferLimit: 100_000_000 });
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendRaw(`{"seq":1}${"\n".repeat(1_000)}`);
  assertEquals(ann.transport.closed, undefined);
  ann.sendRaw(`{"seq":1001}${"\n".repeat(100_000)}`);
  assertEquals(ann.transport.closed?.code, 4102);
  assertEquals(bob.transport.closed, undefined);
});

Deno.test("where too much waits for all together, who does not read most goes, and loses nothing", async () => {
  await using test = await bareHub({ totalBufferLimit: 150_000 });
  const [ann, some, most, fast] = ["ann", "some", "most", "fast"].map((id) => test.login(id)) as FakeClient[];
  for (const { transport } of [some!, most!]) transport.reads = false;
  const send = (id: string) => ann!.send({ to_client_id: id, content: "x".repeat(10_000) });
  for (let sent = 0; sent < 7; sent++) send("some");
  for (let sent = 0; sent < 9; sent++) send("most");
  for (let sent = 0; sent < 8; sent++) send("fast");
  await until(() => most!.transport.closed !== undefined, "the hub holds too much");

  assertEquals(most!.transport.closed?.code, 4001);
  assertEquals([some!, fast!].map(({ transport }) => transport.closed), [undefined, undefined]);
  assertEquals(fast!.transport.messages.length, 8);
  const again = test.login("most");
  await until(() => again.transport.messages.length === 9, "what was meant for it has come");
});

Deno.test("a message to many who do not read is held once", async () => {
  await using test = await bareHub({ totalBufferLimit: 150_000 });
  const slow = Array.from({ length: 50 }, (_, index) => test.login(`slow ${index}`));
  for (const { transport } of slow) transport.reads = false;
  const ann = test.login("ann");
  for (let sent = 0; sent < 8; sent++) ann.send({ to_client_id: "all", content: "x".repeat(10_000) });
  await test.sendOwn("done", "ann");
  assertEquals(slow.filter(({ transport }) => transport.closed !== undefined), []);

  for (const { transport } of slow) transport.reads = true;
  for (let sent = 0; sent < 20; sent++) ann.send({ to_client_id: "all", content: "x".repeat(10_000) });
  await test.sendOwn("done", "ann");
  assertEquals(slow.filter(({ transport }) => transport.closed !== undefined), []);
});

Deno.test("who is to be told of thousands that come and go, or of receipts, and does not read, goes where too much waits for all", async () => {
  await using test = await bareHub({ totalBufferLimit: 150_000 });
  const [stalled, fast] = [loginLines(test, "stalled", { presence: true }), loginLines(test, "fast")];
  stalled.transport.reads = false;
  for (let n = 0; n < 3_000; n++) test.login(`client ${n}`).send({ msg_type: "logout" });
  await until(() => stalled.transport.closed !== undefined, "the hub holds too much");
  assertEquals([stalled, fast].map((client) => client.transport.closed?.code), [4001, undefined]);

  const sender = loginLines(test, "sender");
  sender.transport.reads = false;
  for (let seq = 1; seq <= 10_000; seq++) {
    sender.sendRaw(`{"seq":${seq}}\n${frame({ from_client_id: "sender", to_client_id: "server" })}`);
  }
  await until(() => sender.transport.closed !== undefined, "the hub holds too many receipts");
  assertEquals([sender, fast].map((client) => client.transport.closed?.code), [4001, undefined]);
});
