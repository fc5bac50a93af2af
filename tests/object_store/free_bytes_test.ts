import { assertEquals } from "@std/assert";
import { freeBytes } from "../../lib/object_store/free_bytes.ts";

Deno.test("the memory of bytes is freed, unless there is more in it", () => {
  const alone = new Uint8Array(10);
  freeBytes(alone);
  assertEquals(alone.length, 0);
  const whole = Uint8Array.of(1, 2, 3);
  freeBytes(whole.subarray(1));
  assertEquals([...whole], [1, 2, 3]);
});
