import { assertEquals } from "@std/assert";
import type { Received, StartTalker, Talker } from "./talker.ts";

const CONTROL_CHARACTERS = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join("");

/** What has to arrive as it was sent, whoever sends and whoever receives. */
const CONTENTS: [name: string, msgType: string, content: unknown][] = [
  ["text", "text", "hello"],
  ["empty text", "text", ""],
  ["text in Chinese", "text", "你好，世界。跨语言通信"],
  ["text with emoji", "text", "🎉 👨‍👩‍👧‍👦 🇨🇳"],
  ["text with every control character", "text", CONTROL_CHARACTERS + "\x7f\x80\u2028\u2029\ufeff\ufffe"],
  ["text with lone surrogates", "text", "\ud800 \udc00 \udfff\ud83d"],
  ["text that looks like JSON", "text", '{"msg_type": "login"}\n"\\u0041"'],
  ["json", "json", '{"a": [1, 2.5, true, null], "b": {"中": "文"}}'],
  ["json that is no object", "json", "[1, 2]"],
  ["dict", "dict", { action: "update", id: 123, nested: { list: [1, "two", null, true, 1.5], empty: {} } }],
  ["dict with strange keys", "dict", { "": 0, "键": "值", "\u0000": "\u0001", "a.b": [], "oss_key": null }],
  ["empty dict", "dict", {}],
  ["bytes", "bytes", Uint8Array.from({ length: 256 }, (_, value) => value)],
  ["no bytes", "bytes", new Uint8Array()],
  ["900 KiB of text", "text", "0123456789abcdef".repeat(900 * 64)],
  ["600 KiB of bytes", "bytes", new Uint8Array(600 * 1024).fill(0xa5)],
];

/**
 * Three clients talk through the hub at `port`: `alice` is of the one kind, `bob` and `carol` are of the other. Nothing
 * in it depends on whose hub and whose clients they are.
 */
export async function conversation(
  t: Deno.TestContext,
  port: number,
  kinds: { alice: StartTalker; bob: StartTalker },
): Promise<void> {
  // One after the other, so that the hub has its answer to the last login on the way before anything else is sent.
  await using alice = await kinds.alice(port, "alice");
  await using bob = await kinds.bob(port, "bob");
  await using carol = await kinds.bob(port, "carol");

  await step(t, "every type, both ways", async () => {
    for (const [sender, receiver] of [[alice, bob], [bob, alice]] as const) {
      for (const [name, msgType, content] of CONTENTS) {
        await sender.send(content, msgType, receiver.clientId);
        const message = await receiver.received(msgType);
        const what = `${name} from ${sender.clientId} to ${receiver.clientId}`;
        assertEquals(message.content, content, what);
        assertEquals(heading(message), heading(sender, msgType, receiver.clientId), what);
        assertEquals(typeof message.timestamp, "number", what);
        assertEquals(message.ossKey, null, what);
      }
    }
  });

  await step(t, "json made of a value", async () => {
    for (const [sender, receiver] of [[alice, bob], [bob, alice]] as const) {
      await sender.send({ n: 1, s: "中" }, "json", receiver.clientId);
      const { content } = await receiver.received("json");
      assertEquals(JSON.parse(content as string), { n: 1, s: "中" });
    }
  });

  await step(t, "a message for one reaches nobody else", async () => {
    await alice.send("for bob", "text", "bob");
    await alice.send("for carol", "text", "carol");
    await alice.send("for nobody", "text", "nobody by that name").catch(() => {}); // our client is told
    await alice.send("end", "text", "all");
    assertEquals(texts(await bob.receivedUpTo(isEnd)), ["for bob", "end"]);
    assertEquals(texts(await carol.receivedUpTo(isEnd)), ["for carol", "end"]);
  });

  await step(t, "a broadcast reaches everybody but its sender, in order", async () => {
    const news = Array.from({ length: 20 }, (_, index) => `news ${index + 1}`);
    for (const text of news) await bob.send(text, "text");
    for (const receiver of [alice, carol]) {
      const messages = await receiver.receivedUpTo(({ content }) => content === news.at(-1));
      assertEquals(texts(messages), news);
      assertEquals(heading(messages[0]!), heading(bob, "text", "all"));
    }
    // The hub is done with the news, so what it had for bob would be ahead of this.
    await carol.send("end", "text");
    assertEquals(texts(await bob.receivedUpTo(isEnd)), ["end"]);
    await alice.received(isEnd);
  });

  await step(t, "the list of clients", async () => {
    for (const talker of [alice, bob]) {
      const all = { alice: "online", bob: "online", carol: "online" };
      assertEquals(await talker.listed(true), all);
      assertEquals(await talker.listed(false), all);
    }
  });

  await step(t, "after a logout, the others go on", async () => {
    await carol.logout();
    await alice.send("still here?", "text", "carol");
    await alice.send("end", "text", "all");
    assertEquals(texts(await bob.receivedUpTo(isEnd)), ["end"]);
    await bob.send("end", "text", "alice");
    assertEquals(texts(await alice.receivedUpTo(isEnd)), ["end"]);
  });
}

function heading(message: Received | Talker, msgType?: string, toClientId?: string) {
  if ("send" in message) return { from: message.clientId, msgType, to: toClientId };
  return { from: message.fromClientId, msgType: message.msgType, to: message.toClientId };
}

function isEnd({ content }: Received): boolean {
  return content === "end";
}

function texts(messages: Received[]): unknown[] {
  return messages.map(({ content }) => content);
}

/** The clients outlive a step, so only the test around the steps can be held to closing everything. */
async function step(t: Deno.TestContext, name: string, fn: () => Promise<void>): Promise<void> {
  await t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
}
