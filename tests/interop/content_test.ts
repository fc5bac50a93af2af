import { assert, assertEquals } from "@std/assert";
import { frame, RawPeer } from "./frame.ts";
import { OurHub, ourTalker } from "./our_peer.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";

Deno.test("our hub: what JSON or JavaScript has no number for goes from Python to Python unchanged", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await using bob = await pythonTalker(hub.port, "bob");

  const content = {
    nan: NaN,
    up: Infinity,
    down: -Infinity,
    big: 2n ** 64n + 1n,
    small: -(2n ** 70n),
    list: [NaN, 2n ** 53n + 1n],
  };
  await alice.send(content, "dict", "bob");
  assertEquals((await bob.received("dict")).content, content);

  const numbers = "[1.0, 1, -0.0, 1E2, 1e400, 0.1000000000000000055, 123456789012345678901234567890, 3.0e-5]";
  await alice.raw(
    frame({ from_client_id: "alice", msg_type: "dict", content: "?" }).replace('"?"', `{"n": ${numbers}}`),
  );
  assertEquals(
    (await bob.received("dict")).repr,
    "{'n': [1.0, 1, -0.0, 100.0, inf, 0.1, 123456789012345678901234567890, 3e-05]}",
  );
});

Deno.test("our hub passes a frame on as the text that it is", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await using bob = await RawPeer.connect(hub.port);
  await bob.login("bob");

  const text = ' {"oss_key" :null,\t"content":{"z":1.0,"a":[NaN , -Infinity,"\\u4e2d\\/中"],"a":2},\r\n' +
    '"timestamp":1.732250000123E9, "msg_type":"dict","to_client_id":"bob","from_client_id":"alice","msg_id":"x" } ';
  await alice.raw(text);
  assertEquals(await bob.received("Infinity"), text);
});

Deno.test("Python's NaN reaches our client as NaN", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await using bob = await ourTalker(hub.port, "bob");

  await alice.send({ not: NaN, up: Infinity, down: -Infinity, string: "NaN" }, "dict", "bob");
  assertEquals((await bob.received("dict")).content, { not: NaN, up: Infinity, down: -Infinity, string: "NaN" });
  await alice.send([NaN], "json", "bob");
  assertEquals((await bob.received("json")).content, "[NaN]");
});

Deno.test("a listener of Python finds the Python type that the message type promises", async () => {
  await using hub = await OurHub.start();
  await using alice = await ourTalker(hub.port, "alice");
  await using bob = await PythonPeer.start({
    role: "client",
    port: hub.port,
    clientId: "bob",
    listeners: ["text", "json", "dict", "bytes"],
  });
  await bob.login();

  const expected = { text: "str", json: "str", dict: "dict", bytes: "bytes" };
  const contents = { text: "t", json: { n: 1 }, dict: { n: 1 }, bytes: new Uint8Array([0, 255]) };
  for (const [msgType, pythonType] of Object.entries(expected)) {
    await alice.send(contents[msgType as keyof typeof contents], msgType, "bob");
    // The listener for the type gets it as well as the one for all.
    assertEquals((await bob.received((message) => message.listener === msgType)).pythonType, pythonType);
    assertEquals((await bob.received(msgType)).pythonType, pythonType);
  }
});

Deno.test("frames as Java and Swift write them", async () => {
  await using hub = await OurHub.start();
  await using python = await pythonTalker(hub.port, "python");
  await using ours = await ourTalker(hub.port, "ours");
  await using phone = await PythonPeer.start({ role: "client", port: hub.port, clientId: "phone" });
  await phone.connect();

  // Swift: the content of a control message is a string, and there is no oss_key without a file.
  const swift = { from_client_id: "phone", oss_key: undefined };
  await phone.raw(frame({ ...swift, to_client_id: "server", msg_type: "login", content: "{}" }));
  assertEquals((await phone.received("login_response")).content instanceof Object, true);
  await phone.raw(frame({ ...swift, to_client_id: "server", msg_type: "heartbeat", content: "{}" }));
  const list = await phone.listClients(true);
  assertEquals(list.clients.map(({ client_id }) => client_id).sort(), ["ours", "phone", "python"]);

  await phone.raw(frame({ ...swift, content: "from Swift" }));
  for (const receiver of [python, ours]) {
    const message = await receiver.received("text");
    assertEquals([message.content, message.ossKey], ["from Swift", null]);
  }

  // Java: a dict is a string that holds the object, and a timestamp has an exponent.
  const java = frame({ from_client_id: "phone", msg_type: "dict", content: '{"a": {"b": [1]}}', timestamp: 0 });
  await phone.raw(java.replace('"timestamp":0', '"timestamp":1.732250000123E9'));
  const message = await ours.received("dict");
  assertEquals([message.content, message.timestamp], [{ a: { b: [1] } }, 1732250000.123]);
  // Python's client has always handed on what it got: here it gets what a Python hub would have given it.
  assertEquals((await python.received("dict")).content, '{"a": {"b": [1]}}');
});

Deno.test("file messages arrive with the sender's content and the key of the object", async (t) => {
  for (const [whose, start] of [["our", OurHub.start], ["the Python", startPythonHub]] as const) {
    await t.step(`${whose} hub`, async () => {
      await using hub = await start();
      await using alice = await pythonTalker(hub.port, "alice");
      await using python = await pythonTalker(hub.port, "python");
      await using ours = await ourTalker(hub.port, "ours");

      const files = [
        { msg_type: "file", content: "/home/me/报告.pdf", oss_key: "cross_comm/alice/1732250000123_0123abcd.pdf" },
        { msg_type: "image", content: "alice_1732250000123_a.png", oss_key: "alice_1732250000123_a.png" },
        { msg_type: "folder", content: "C:\\data", oss_key: "cross_comm/alice/1732250000123_0123abcd_folder/" },
        { msg_type: "folder", content: "data", oss_key: "data" },
        // What Python sends when the upload failed, or there was no such file.
        { msg_type: "file", content: "/no/such/file", oss_key: null },
      ];
      for (const fields of files) {
        await alice.raw(frame({ from_client_id: "alice", ...fields }));
        for (const receiver of [python, ours]) {
          const message = await receiver.received(fields.msg_type);
          assertEquals([message.content, message.ossKey], [fields.content, fields.oss_key]);
        }
      }
      assert(await alice.send("/no/such/file", "file", "ours"));
      assertEquals((await ours.received("file")).ossKey, null);
    });
  }
});

function startPythonHub(): Promise<PythonPeer> {
  return PythonPeer.start({ role: "server" });
}
