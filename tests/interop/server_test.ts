import { assertEquals, assertRejects } from "@std/assert";
import { CommMsgType, CrossCommError } from "../../server.ts";
import { Inbox } from "./inbox.ts";
import { OurHub } from "./our_peer.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";
import type { Received } from "./talker.ts";
import { until } from "./until.ts";

Deno.test("our hub's own listeners get what Python sends to the hub and to all", async () => {
  await using hub = await OurHub.start();
  const everything = new Inbox<Received>();
  const dictsOfBob = new Inbox<Received>();
  hub.server.messageListener({})((message) => everything.push(message));
  hub.server.messageListener({ msgType: CommMsgType.DICT, fromClientId: "bob" })((message) => dictsOfBob.push(message));
  await using alice = await pythonTalker(hub.port, "alice");
  await using bob = await pythonTalker(hub.port, "bob");

  const contents = { text: "你好", json: "[1, 2]", dict: { n: 1 }, bytes: new Uint8Array([0, 255]) };
  for (const peer of [alice, bob]) {
    for (const [msgType, content] of Object.entries(contents)) {
      for (const toClientId of ["server", "all"]) {
        await peer.send(content, msgType, toClientId);
        const message = await everything.take(() => true);
        assertEquals(
          [message.msgType, message.content, message.fromClientId, message.toClientId],
          [msgType, content, peer.clientId, toClientId],
        );
      }
    }
  }
  // What is between two clients is no business of the hub's listeners.
  await alice.send("between us", "text", "bob");
  await alice.send("end", "text", "server");
  assertEquals((await everything.takeUpTo(() => true)).map(({ content }) => content), ["end"]);
  await bob.send({ last: true }, "dict", "all");
  const dicts = await dictsOfBob.takeUpTo(({ content }) => (content as { last?: boolean }).last === true);
  assertEquals(dicts.map(({ content }) => content), [{ n: 1 }, { n: 1 }, { last: true }]);
});

Deno.test("our hub itself sends to Python: every type, to one and to all", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await using bob = await PythonPeer.start({ role: "client", port: hub.port, clientId: "bob", listeners: ["text"] });
  await bob.login();

  const contents = {
    text: "你好 🎉 \u0000",
    json: '{"a": 1}',
    dict: { n: [1, null] },
    bytes: new Uint8Array([0, 255]),
  };
  for (const [msgType, content] of Object.entries(contents)) {
    const type = msgType as typeof CommMsgType.TEXT;
    const receipt = await hub.server.sendMessage(content as string, type);
    assertEquals(receipt.recipients, 2);
    for (const peer of [alice, bob]) {
      const message = await peer.received(msgType);
      assertEquals(
        [message.content, message.fromClientId, message.toClientId, message.msgId],
        [content, "server", "all", receipt.msgId],
      );
    }
    await hub.server.sendMessage(content as string, type, { toClientId: "bob" });
    assertEquals((await bob.received(msgType)).toClientId, "bob");
  }
  assertEquals((await bob.received(({ listener }) => listener === "text")).content, contents.text);
  await hub.server.sendMessage("end", CommMsgType.TEXT);
  assertEquals((await alice.receivedUpTo("text")).map(({ content }) => content), ["end"]);
});

Deno.test("our hub's sendMessage says what became of a message to a Python client", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");

  const send = (content: string, toClientId: string) => async () => {
    await hub.server.sendMessage(content, CommMsgType.TEXT, { toClientId });
  };
  const tooLarge = await assertRejects(send("x".repeat(1024 * 1024), "alice"), CrossCommError);
  const unknown = await assertRejects(send("x", "nobody"), CrossCommError);
  await alice.logout();
  await until("alice is offline", () => hub.server.getOnlineClients().length === 0);
  assertEquals([tooLarge.code, unknown.code], ["MESSAGE_TOO_LARGE", "UNKNOWN_CLIENT"]);
  const { status } = await hub.server.sendMessage("x", CommMsgType.TEXT, { toClientId: "alice" });
  assertEquals(status, "stored");
});

Deno.test("a Python client notices that our hub has stopped", async () => {
  const hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await hub[Symbol.asyncDispose]();
  // pywayne takes note of an end with an error code; after 1000 or 1001 it goes on believing in its connection.
  assertEquals((await alice.closed()).code, 4000);
  assertEquals(await alice.isConnected(), { flag: false, open: false });
});
