import { assertEquals } from "@std/assert";
import { PendingReceipts } from "../../lib/hub/pending_receipts.ts";

Deno.test("each receipt is told once and in order, however little fits into a report", () => {
  const pending = new PendingReceipts();
  const told: unknown[] = [];
  const tell = () => {
    while (pending.count > 0) {
      told.push(...Object.entries(pending.take(1)).filter(([, entries]) => entries.length > 0));
    }
  };
  pending.add(1, "delivered");
  pending.add(2, "delivered");
  pending.addReached(3, 5);
  tell();
  pending.add(4, "delivered");
  pending.addFailed(5, "invalid_frame", "it is empty");
  tell();
  assertEquals(told, [
    ["delivered", [[1, 1]]],
    ["delivered", [[2, 2]]],
    ["reached", [[3, 5]]],
    ["delivered", [[4, 4]]],
    ["failed", [[5, "invalid_frame", "it is empty"]]],
  ]);
});
