import { assertEquals } from "@std/assert";
import { GuessLimit } from "../../lib/access/guess_limit.ts";

Deno.test("ten failures in a minute block an address for a minute, and no other", () => {
  let now = 0;
  const limit = new GuessLimit(() => now);
  for (let i = 0; i < 9; i++) limit.failed("a");
  limit.failed("b");
  assertEquals([limit.isBlocked("a"), limit.isBlocked("b")], [false, false]);
  now = 59_000;
  limit.failed("a");
  assertEquals([limit.isBlocked("a"), limit.isBlocked("b")], [true, false]);
  now += 59_999;
  limit.failed("a"); // which does not make it longer
  assertEquals(limit.isBlocked("a"), true);
  now += 1;
  assertEquals(limit.isBlocked("a"), false);
  limit.failed("a");
  assertEquals(limit.isBlocked("a"), false);
});

Deno.test("failures that are spread out block nobody", () => {
  let now = 0;
  const limit = new GuessLimit(() => now);
  for (; now < 100 * 60_000; now += 7_000) {
    limit.failed("a");
    assertEquals(limit.isBlocked("a"), false);
  }
});

Deno.test("of many addresses the latest are remembered", () => {
  const limit = new GuessLimit(() => 0);
  const failTen = (address: string) => [...Array(10)].forEach(() => limit.failed(address));
  failTen("first");
  failTen("last");
  for (let i = 0; i < 9_999; i++) limit.failed(`other ${i}`);
  assertEquals([limit.isBlocked("first"), limit.isBlocked("last")], [false, true]);
});
