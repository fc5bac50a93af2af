import { assertEquals } from "@std/assert";
import { RecentIds } from "../../lib/connection/recent_ids.ts";

Deno.test("the last 10,000 messages are remembered, and no more than twice as many", () => {
  const recent = new RecentIds();
  const all = Array.from({ length: 25_000 }, (_, index) => `m${index}`);
  for (const id of all) assertEquals(recent.add("ann", id), true);
  for (const id of all.slice(-10_000)) assertEquals(recent.add("ann", id), false);
  assertEquals(recent.add("ann", "m0"), true);
});

Deno.test("the same id from another sender is another message", () => {
  const recent = new RecentIds();
  assertEquals([recent.add("ann", "1"), recent.add("bob", "1"), recent.add("ann", "1")], [true, true, false]);
});
