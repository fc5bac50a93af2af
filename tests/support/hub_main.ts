/**
 * A hub with a store in a process of its own: `hub_main.ts OPTIONS` prints its port and, at SIGUSR2, what it costs: its
 * memory in bytes, once what is dead is collected, and how many lines it has logged. Ends at SIGTERM.
 */
import { configure } from "@logtape/logtape";
import { setTimeout } from "node:timers/promises";
import { startHub } from "./start_hub.ts";

let lines = 0;
await configure({
  sinks: { count: () => lines++ },
  loggers: [
    { category: ["crosscomm"], sinks: ["count"], lowestLevel: "debug" },
    { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
  ],
});
const hub = await startHub({ minFreeBytes: 0, ...JSON.parse(Deno.args[0]!) });
Deno.addSignalListener("SIGUSR2", async () => {
  for (let round = 0; round < 5; round++) {
    (globalThis as unknown as { gc(): void }).gc();
    await setTimeout(10);
  }
  const { heapUsed, external, rss } = Deno.memoryUsage();
  console.log(JSON.stringify({ memory: heapUsed + external, rss, lines }));
});
Deno.addSignalListener("SIGTERM", async () => {
  await hub[Symbol.asyncDispose]();
  Deno.exit();
});
console.log(hub.port);
