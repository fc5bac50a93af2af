import { assertEquals, assertStringIncludes } from "@std/assert";
import { Listeners } from "../../lib/listeners/listeners.ts";
import { readEnvelope } from "../../lib/protocol/envelope.ts";
import type { AnyMessage, Message } from "../../lib/protocol/message.ts";
import { captureLog } from "../support/captured_log.ts";
import { frame, type FrameParts } from "../support/frame.ts";
import { Inbox } from "../support/inbox.ts";

const envelope = (parts: FrameParts) => readEnvelope(frame({ from_client_id: "ann", ...parts }));

/** Listeners, and what stands in the messages that they are handed. */
function listenersOf(ownId: string) {
  const listeners = new Listeners(ownId, () => undefined);
  return { listeners, dispatch: (parts: FrameParts) => listeners.dispatch(envelope(parts)) };
}

Deno.test("a listener hears what it asks for: a type, a sender, both, or all", () => {
  const { listeners, dispatch } = listenersOf("own");
  const heard: Record<string, unknown[]> = { type: [], sender: [], both: [], all: [] };
  listeners.decorator({ msgType: "dict" })((message) => heard.type!.push(message.content));
  listeners.decorator({ fromClientId: "bob" })((message) => heard.sender!.push(message.content));
  listeners.decorator({ msgType: "text", fromClientId: "bob" })((message) => heard.both!.push(message.content));
  listeners.decorator({})((message) => heard.all!.push(message.content));

  dispatch({ content: "ann's text" });
  dispatch({ msg_type: "dict", content: { by: "ann" } });
  dispatch({ from_client_id: "bob", content: "bob's text" });
  dispatch({ from_client_id: "bob", msg_type: "dict", content: '{"by": "bob"}' });

  assertEquals(heard, {
    type: [{ by: "ann" }, { by: "bob" }],
    sender: ["bob's text", { by: "bob" }],
    both: ["bob's text"],
    all: ["ann's text", { by: "ann" }, "bob's text", { by: "bob" }],
  });
});

Deno.test("what a listener returns is waited for even where it is no real promise, and its failure is in the log", async () => {
  await using log = await captureLog();
  const { listeners, dispatch } = listenersOf("own");
  const asked = new Inbox<unknown>();
  let settle = { resolve: () => {}, reject: (_error: Error) => {} };
  listeners.decorator({})(({ content }) => ({
    then(resolve: () => void, reject: (error: Error) => void) {
      asked.push(content); // as a query that is not made before somebody waits for it
      settle = { resolve, reject };
    },
  }));
  for (const content of ["1", "2"]) dispatch({ content });
  assertEquals(await asked.next(), "1");
  assertEquals(asked.drain(), []);
  settle.reject(new Error("no such table"));
  await log.next("error: A listener failed", "no such table");
  assertEquals(await asked.next(), "2");
  settle.resolve();
  await listeners.idle();
});

Deno.test("listeners are called in the order in which they were added", () => {
  const { listeners, dispatch } = listenersOf("own");
  const order: number[] = [];
  for (const number of [1, 2, 3]) listeners.decorator({})(() => void order.push(number));

  dispatch({});
  dispatch({});
  assertEquals(order, [1, 2, 3, 1, 2, 3]);
});

Deno.test("no listener ever hears its own side's messages", () => {
  const { listeners, dispatch } = listenersOf("own");
  const heard: unknown[] = [];
  listeners.decorator({})((message) => heard.push(message.fromClientId));
  listeners.decorator({ fromClientId: "own" })((message) => heard.push(message.fromClientId));

  dispatch({ from_client_id: "own" });
  dispatch({ from_client_id: "other" });
  assertEquals(heard, ["other"]);
});

Deno.test("an async listener gets the messages one at a time, in the order of their arrival", async () => {
  const { listeners, dispatch } = listenersOf("own");
  const log: string[] = [];
  const steps = [0, 1, 2].map(() => Promise.withResolvers<void>());
  listeners.decorator({})(async ({ content }) => {
    log.push(`begins ${content}`);
    await steps[Number(content)]?.promise;
    log.push(`ends ${content}`);
  });

  for (const number of [0, 1, 2, 3]) dispatch({ content: String(number) });
  assertEquals(log, ["begins 0"]);
  for (const { resolve } of steps.toReversed()) resolve(); // the later ones could be done at once
  await listeners.idle();

  assertEquals(log, [0, 1, 2, 3].flatMap((number) => [`begins ${number}`, `ends ${number}`]));
  dispatch({ content: "4" });
  await listeners.idle();
  assertEquals(log.slice(8), ["begins 4", "ends 4"]);
});

Deno.test("a listener that takes its time keeps no other waiting", () => {
  const { listeners, dispatch } = listenersOf("own");
  const heard: unknown[] = [];
  listeners.decorator({})(() => new Promise(() => {}));
  listeners.decorator({})(({ content }) => heard.push(content));

  for (const content of ["1", "2", "3"]) dispatch({ content });
  assertEquals(heard, ["1", "2", "3"]);
});

Deno.test("idle waits for what is at work and for what waits behind it", async () => {
  const { listeners, dispatch } = listenersOf("own");
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  listeners.decorator({})(async () => {
    calls++;
    await gate.promise;
  });

  await listeners.idle(); // nothing is at work yet
  dispatch({});
  dispatch({});
  const idle = listeners.idle().then(() => calls);
  gate.resolve();
  assertEquals(await idle, 2);
});

Deno.test("a listener that throws harms no other, is called again, and its failure is in the log", async () => {
  await using log = await captureLog();
  const { listeners, dispatch } = listenersOf("own");
  const heard: string[] = [];
  listeners.decorator({ msgType: "text" })(() => {
    heard.push("sync");
    throw new Error("sync failure");
  });
  listeners.decorator({})(async () => {
    await Promise.resolve();
    heard.push("async");
    throw new Error("async failure");
  });
  listeners.decorator({})(() => void heard.push("good"));

  dispatch({});
  dispatch({});
  await listeners.idle();

  assertEquals(heard.toSorted(), ["async", "async", "good", "good", "sync", "sync"]);
  for (const failure of ["sync failure", "async failure", "sync failure", "async failure"]) {
    const line = await log.next("error", `Error: ${failure}`);
    assertStringIncludes(line, "A listener failed at a text message from ann");
  }
});

Deno.test("where the program has set up no logging, a listener's failure is on the console", () => {
  const printed: unknown[][] = [];
  const print = console.error;
  console.error = (...words) => void printed.push(words);
  try {
    const { listeners, dispatch } = listenersOf("own");
    listeners.decorator({})(() => {
      throw new Error("unlogged failure");
    });
    dispatch({});
  } finally {
    console.error = print;
  }
  assertEquals(printed.length, 1);
  assertStringIncludes(printed[0]!.join(" "), "a listener failed at a text message from ann: Error: unlogged failure");
});

Deno.test("a listener's failure that the console has no room for keeps the message from no other", () => {
  const heard: string[] = [];
  const print = console.error;
  console.error = () => {
    throw new Error("No space left on device");
  };
  try {
    const { listeners, dispatch } = listenersOf("own");
    listeners.decorator({})(() => {
      throw new Error("a bad day");
    });
    listeners.decorator({})(() => void heard.push("the other"));
    dispatch({});
  } finally {
    console.error = print;
  }
  assertEquals(heard, ["the other"]);
});

Deno.test("a signal ends the listening", () => {
  const { listeners, dispatch } = listenersOf("own");
  const heard: unknown[] = [];
  const abort = new AbortController();
  listeners.decorator({ signal: abort.signal })(({ content }) => heard.push(content));
  listeners.decorator({ signal: AbortSignal.abort() })(({ content }) => heard.push(`never: ${content}`));

  dispatch({ content: "1" });
  abort.abort();
  dispatch({ content: "2" });
  assertEquals(heard, ["1"]);
});

Deno.test("a signal ends the listening even for what waits behind a busy listener", async () => {
  const { listeners, dispatch } = listenersOf("own");
  const heard: unknown[] = [];
  const abort = new AbortController();
  listeners.decorator({ signal: abort.signal })(async ({ content }) => {
    heard.push(content);
    await Promise.resolve();
    abort.abort();
  });

  dispatch({ content: "1" });
  dispatch({ content: "2" });
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(heard, ["1"]);
});

Deno.test("a listener that is added while a message is handed out hears the next one", () => {
  const { listeners, dispatch } = listenersOf("own");
  const heard: unknown[] = [];
  listeners.decorator({})(() => {
    listeners.decorator({})(({ content }) => heard.push(content));
  });

  dispatch({ content: "1" });
  assertEquals(heard, []);
  dispatch({ content: "2" });
  assertEquals(heard, ["2"]);
});

Deno.test("a function is returned as it was, and may listen for several things", () => {
  const { listeners, dispatch } = listenersOf("own");
  const heard: unknown[] = [];
  const listener = ({ content }: AnyMessage) => heard.push(content);

  assertEquals(listeners.decorator({ msgType: "text" })(listener), listener);
  listeners.decorator({ msgType: "json" })(listener);
  dispatch({ content: "x" });
  dispatch({ msg_type: "json", content: "5" });
  dispatch({ msg_type: "dict", content: {} });
  assertEquals(heard, ["x", "5"]);
});

Deno.test("a decorated method listens for each instance, as that instance", () => {
  const { listeners, dispatch } = listenersOf("own");
  class Room {
    readonly #heard: string[] = [];
    constructor(readonly name: string) {}

    @listeners.decorator({ msgType: "text" })
    onText(message: Message<"text">) {
      this.#heard.push(`${this.name}: ${message.content}`);
    }

    get heard() {
      return this.#heard;
    }
  }

  dispatch({ content: "before anybody is there" });
  const [kitchen, bath] = [new Room("kitchen"), new Room("bath")];
  dispatch({ content: "hi" });
  dispatch({ msg_type: "dict", content: {} });
  assertEquals([kitchen.heard, bath.heard], [["kitchen: hi"], ["bath: hi"]]);
  kitchen.onText({ content: "called" } as Message<"text">);
  assertEquals(kitchen.heard.at(-1), "kitchen: called");
});

for (
  const [what, listen] of [
    ["a listener that takes its time", (listeners) => void listeners.decorator({})(() => new Promise(() => {}))],
    ["an iterator that is not asked", (listeners) => void listeners.stream({})],
  ] as [string, (listeners: Listeners) => void][]
) {
  Deno.test(`of 10,000 messages that wait for ${what} the log warns, and when they have doubled`, async () => {
    await using log = await captureLog();
    const { listeners } = listenersOf("own");
    listen(listeners);
    const message = envelope({});
    for (let count = 0; count < 35_000; count++) listeners.dispatch(message);
    const end = " messages wait in memory for a listener or an iterator: it has to be faster, ask for fewer, or end";
    assertEquals(log.lines, [`warning: 10000${end}`, `warning: 20000${end}`]);
  });
}

Deno.test("of a listener that keeps pace there is no warning, however many messages come", async () => {
  await using log = await captureLog();
  const { listeners } = listenersOf("own");
  listeners.decorator({})(() => Promise.resolve());
  const heard = listeners.stream({});
  const message = envelope({});
  for (let round = 0; round < 6; round++) {
    for (let count = 0; count < 5_000; count++) listeners.dispatch(message);
    for (let count = 0; count < 5_000; count++) await heard.next();
    await listeners.idle();
  }
  assertEquals(log.lines, []);
});
