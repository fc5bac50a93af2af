import { assertEquals } from "@std/assert";
import { Pulse } from "../../lib/connection/pulse.ts";
import { Inbox } from "../support/inbox.ts";

/** What a pulse does, in order. */
function pulse(intervalMs: number, answerMs?: number): { inbox: Inbox<string>; pulse: Pulse } {
  const inbox = new Inbox<string>();
  const actions = { beat: () => inbox.push("beat"), lost: () => inbox.push("lost") };
  return { inbox, pulse: new Pulse(intervalMs, actions, answerMs) };
}

Deno.test("it beats once an interval, and a hub that does not answer is lost", async () => {
  const { inbox, pulse: beating } = pulse(10, 50);
  assertEquals(await inbox.next(), "beat");
  await inbox.next((what) => what === "lost");
  beating.end();
});

Deno.test("a hub that answers is not lost", async () => {
  const { inbox, pulse: beating } = pulse(10, 50);
  for (let n = 0; n < 20; n++) {
    assertEquals(await inbox.next(), "beat");
    beating.heard();
  }
  beating.end();
});

Deno.test("a hub that answers while this program stands still is not lost", async () => {
  const { inbox, pulse: beating } = pulse(3_600_000, 20);
  const { port1: hub, port2: answers } = new MessageChannel();
  const heard = Promise.withResolvers<void>();
  answers.onmessage = () => {
    beating.heard();
    heard.resolve();
  };
  beating.beat();
  hub.postMessage("here I am");
  for (const end = performance.now() + 50; performance.now() < end;);
  await heard.promise;
  beating.end();
  hub.close();
  answers.close();
  assertEquals(inbox.drain(), ["beat"]);
});

Deno.test("it does not beat while there is word from both sides, but where one is silent", async () => {
  const { inbox, pulse: beating } = pulse(20);
  const talk = setInterval(() => {
    beating.sent();
    beating.heard();
  }, 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  clearInterval(talk);
  assertEquals(inbox.drain(), []);
  assertEquals(await inbox.next(), "beat");
  beating.end();
});

Deno.test("it beats at once after this machine has slept", async () => {
  const { inbox, pulse: beating } = pulse(3_600_000);
  const { now } = Date;
  Date.now = () => now() + 60_000; // a jump that the next look sees
  try {
    assertEquals(await inbox.next(), "beat");
  } finally {
    Date.now = now;
    beating.end();
  }
});
