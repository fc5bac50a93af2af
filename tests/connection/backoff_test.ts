import { assertEquals } from "@std/assert";
import { backoff } from "../../lib/connection/backoff.ts";

Deno.test("the wait is drawn from all below a ceiling that doubles up to its own", () => {
  const ceilings = [0, 1, 2, 3, 6, 7, 8, 60, 2000].map((failures) => backoff(failures, 30_000, () => 1));
  assertEquals(ceilings, [250, 500, 1000, 2000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  assertEquals(backoff(5, 30_000, () => 0), 0);
  assertEquals(backoff(1, 30_000, () => 0.5), 250);
  assertEquals(backoff(0, 100, () => 1), 100);
});
