import { assertEquals, assertStrictEquals } from "@std/assert";
import { PushStream } from "../../lib/listeners/push_stream.ts";
import { Listeners } from "../../lib/listeners/listeners.ts";
import { readEnvelope } from "../../lib/protocol/envelope.ts";
import type { AnyMessage } from "../../lib/protocol/message.ts";
import { frame } from "../support/frame.ts";

/** Listeners, and a way to have texts arrive. */
function arriving() {
  const listeners = new Listeners("own", () => undefined);
  const arrive = (...texts: string[]) => {
    for (const content of texts) listeners.dispatch(readEnvelope(frame({ from_client_id: "ann", content })));
  };
  return { listeners, arrive };
}

/** The contents of all that an iterator hands out until its end. */
async function contents(messages: AsyncIterable<AnyMessage>): Promise<unknown[]> {
  return (await Array.fromAsync(messages)).map(({ content }) => content);
}

Deno.test("what arrived before it was asked for waits, in order", async () => {
  const { listeners, arrive } = arriving();
  arrive("too early");
  const messages = listeners.stream({});
  arrive("1", "2", "3");
  listeners.endStreams();

  assertEquals(await contents(messages), ["1", "2", "3"]);
});

Deno.test("who asks before anything has arrived waits for it, in order", async () => {
  const { listeners, arrive } = arriving();
  const messages = listeners.stream({});
  const asked = [messages.next(), messages.next(), messages.next()];
  arrive("1", "2");
  listeners.endStreams();

  assertEquals((await Promise.all(asked)).map(({ value }) => value?.content), ["1", "2", undefined]);
  assertEquals(await messages.next(), { done: true, value: undefined });
});

Deno.test("an iterator hands out what it was asked to listen for alone", async () => {
  const { listeners, arrive } = arriving();
  const messages = listeners.stream({ msgType: "text", fromClientId: "bob" });
  arrive("ann's");
  listeners.dispatch(readEnvelope(frame({ from_client_id: "bob", msg_type: "dict", content: {} })));
  listeners.dispatch(readEnvelope(frame({ from_client_id: "own", content: "own" })));
  listeners.dispatch(readEnvelope(frame({ from_client_id: "bob", content: "bob's" })));
  listeners.endStreams();

  assertEquals(await contents(messages), ["bob's"]);
});

Deno.test("two iterators each get every message", async () => {
  const { listeners, arrive } = arriving();
  const both = [listeners.stream({}), listeners.stream({})];
  arrive("1", "2");
  listeners.endStreams();

  assertEquals(await Promise.all(both.map(contents)), [["1", "2"], ["1", "2"]]);
});

Deno.test("leaving the loop early ends the iterator and drops what waits", async () => {
  const { listeners, arrive } = arriving();
  const messages = listeners.stream({});
  arrive("1", "2", "3");
  for await (const { content } of messages) {
    if (content === "2") break;
  }
  arrive("4");

  assertEquals(await messages.next(), { done: true, value: undefined });
});

Deno.test("return() ends an iterator for those who wait on it", async () => {
  const { listeners, arrive } = arriving();
  const messages = listeners.stream({});
  const asked = messages.next();

  assertEquals(await messages.return!(), { done: true, value: undefined });
  assertEquals(await asked, { done: true, value: undefined });
  arrive("late");
  assertEquals(await messages.next(), { done: true, value: undefined });
  assertEquals(await messages.return!(), { done: true, value: undefined });
});

Deno.test("a signal ends an iterator once what has arrived is handed out", async () => {
  const { listeners, arrive } = arriving();
  const abort = new AbortController();
  const messages = listeners.stream({ signal: abort.signal });
  arrive("1", "2");
  abort.abort();
  arrive("3");

  assertEquals(await contents(messages), ["1", "2"]);
  assertEquals(await contents(listeners.stream({ signal: abort.signal })), []);
});

Deno.test("a signal ends the wait of who has asked", async () => {
  const { listeners } = arriving();
  const abort = new AbortController();
  const asked = listeners.stream({ signal: abort.signal }).next();
  abort.abort();

  assertEquals(await asked, { done: true, value: undefined });
});

Deno.test("what comes after the end of an iterator is not handed out", async () => {
  const stream = new PushStream<number>(() => {});
  await stream.return();
  stream.push(1);
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("an iterator that was left is let go by the signal that could have ended it", async () => {
  const { listeners } = arriving();
  const { signal } = new AbortController();
  const waiting = new Set<unknown>();
  signal.addEventListener = (_type: string, listener: unknown) => void waiting.add(listener);
  signal.removeEventListener = (_type: string, listener: unknown) => void waiting.delete(listener);
  const stream = listeners.stream({ signal });
  assertEquals(waiting.size, 1);
  await stream.return!();
  assertEquals(waiting.size, 0);
});

Deno.test("an iterator is its own iterator, so that a loop can be taken up again", async () => {
  const { listeners, arrive } = arriving();
  const messages = listeners.stream({});
  arrive("1", "2");

  assertStrictEquals(messages[Symbol.asyncIterator](), messages);
  assertEquals((await messages.next()).value?.content, "1");
  listeners.endStreams();
  assertEquals(await contents(messages), ["2"]);
});

Deno.test("a hundred thousand messages that wait come out in order", async () => {
  const { listeners, arrive } = arriving();
  const messages = listeners.stream({});
  const texts = Array.from({ length: 100_000 }, (_, index) => String(index));
  arrive(...texts);
  listeners.endStreams();

  let next = 0;
  for await (const { content } of messages) assertStrictEquals(content, String(next++));
  assertStrictEquals(next, 100_000);
});
