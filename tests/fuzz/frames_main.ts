/**
 * Sends bad frames to a hub, in a process of its own: `frames_main.ts SEED FRAMES`. Prints a report as JSON, or fails at
 * the first thing that is wrong.
 */
import { configure } from "@logtape/logtape";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { setImmediate } from "node:timers/promises";
import { bareHub } from "../support/fake_transport.ts";
import { until } from "../support/inbox.ts";
import { HostilePeer } from "./hostile_peer.ts";
import { InnocentListener, InnocentTalker } from "./innocents.ts";
import { moves } from "./mutator.ts";

/** How many frames one hostile peer sends in one turn of the event loop. */
const TURN = 100;
/** After how many turns everything has been used once. */
const WARM_TURNS = Math.min(50, Math.floor(Number(Deno.args[1]) / TURN / 2));
const MIB = 1024 * 1024;

const [seed, frames] = Deno.args.map(Number) as [number, number];
let lines = 0;
let longest = 0;
await configure({
  sinks: {
    count: ({ message }) => {
      lines++;
      longest = Math.max(longest, message.map(String).join("").length);
    },
  },
  loggers: [
    { category: ["crosscomm"], sinks: ["count"], lowestLevel: "debug" },
    { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
  ],
});

/** The ids of each hostile peer. */
const IDS = [
  ["evil 0", "__proto__", "constructor"],
  ["evil 1", "💥".repeat(128), "null"],
  ["evil 2", "- ? : # &a *b", "1e3"],
  ["evil 3", "e\u0301\u2028", "~"],
];
/** With what token somebody logs in under an id: nobody takes another's name. */
const owners = new Map(["innocent ping", "innocent pong", "innocent python"].map((id) => [id, id]));
for (const ids of IDS) for (const id of ids) owners.set(id, ids[0]!);

await using test = await bareHub({
  bufferLimit: 2_000_000,
  resumeWindow: 0.2,
  access: {
    check: (id, token) => owners.get(id) === token ? { subject: token! } : { refused: "this name is another's" },
    isStillValid: () => true,
  },
  mailbox: { file: await Deno.makeTempFile(), maxMessages: 100, maxBytes: 1e6, maxTotalBytes: 2e7, lifetime: 3600 },
});
const { hub } = test;
const heard: unknown[] = [];
hub.listeners.decorator({})(({ content }) => heard[0] = content);

const ping = new InnocentTalker(hub, "innocent ping", "innocent pong");
const pong = new InnocentTalker(hub, "innocent pong", "innocent ping");
const python = new InnocentListener(hub, "innocent python");
const innocents = [ping, pong, python];
const hostiles = IDS.map((ids) => new HostilePeer(hub, ids));

const started = performance.now();
let slowest = 0;
let before = 0;
for (let turn = 0; turn * TURN < frames; turn++) {
  if (turn === WARM_TURNS) before = await memory();
  const hostile = hostiles[turn % hostiles.length]!;
  for (const move of fc.sample(moves, { seed: seed + turn, numRuns: TURN })) {
    const begun = performance.now();
    hostile.go(move);
    slowest = Math.max(slowest, performance.now() - begun);
  }
  await setImmediate();
  await ping.talk(pong);
  await pong.talk(ping);
  for (const { id, strangers, transport } of innocents) {
    assertEquals(transport.closed, undefined, `${id} was disconnected`);
    for (const stranger of strangers) {
      assert(hostile.ids.includes(stranger), `${id} got a message of ${stranger}, which sent none`);
    }
    strangers.clear();
  }
}
const seconds = (performance.now() - started) / 1000;
for (const hostile of hostiles) hostile.leave();
await until(() => hub.onlineClients().every((id) => id.startsWith("innocent ")), "all others are gone");
const growth = await memory() - before;
const connections = hostiles.reduce((sum, { connections }) => sum + connections, 0);

assert(growth < 24 * MIB, `the memory grew by ${growth / MIB} MiB`);
assert(lines < 6 * connections + 10 * seconds + 100, `${lines} lines in the log for ${connections} connections`);
assert(longest < 1500, `a line of ${longest} characters in the log`);
console.log(JSON.stringify({
  frames,
  connections,
  reached: innocents.reduce((sum, { reached }) => sum + reached, 0),
  talked: ping.heard + pong.heard,
  lines,
  growthMiB: Math.round(growth / MIB * 10) / 10,
  slowestMs: Math.round(slowest),
  seconds: Math.round(seconds),
}));

/** What is in use, once the sessions that could still be resumed are over and what is dead is collected. */
async function memory(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (let round = 0; round < 5; round++) {
    (globalThis as unknown as { gc(): void }).gc();
    await setImmediate();
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
