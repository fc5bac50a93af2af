import { assertEquals } from "@std/assert";
import { decodeReceipts, encodeReceipts, ranges, type ReceiptReport } from "../../lib/protocol/receipts.ts";

Deno.test("receipts read as they were written", () => {
  const report: ReceiptReport = {
    delivered: [[1, 3], [7, 7]],
    sent: [[4, 4]],
    stored: [[5, 5]],
    reached: [[6, 12]],
    failed: [[8, "mailbox_full", "the mailbox of bob is full"]],
  };
  assertEquals(decodeReceipts(JSON.parse(encodeReceipts(report))), report);
  assertEquals(decodeReceipts(encodeReceipts(report)), report);
});

Deno.test("what makes no sense in receipts is left out", () => {
  for (const content of [null, 5, "garbage", [], {}, { delivered: 5, failed: {}, reached: null }]) {
    assertEquals(Object.values(decodeReceipts(content)).flat().filter((entry) => entry !== undefined), []);
  }
  const mixed = {
    delivered: [[1, 2], [1], ["1", 2], 5, null, [1.5, 2], [NaN, 1]],
    failed: [[3, "code", "why"], [3, "code"], [3, 5, "why"], ["3", "code", "why"]],
  };
  const { delivered, failed } = decodeReceipts(mixed);
  assertEquals(delivered, [[1, 2]]);
  assertEquals(failed, [[3, "code", "why"]]);
});

Deno.test("ascending numbers merge to ranges", () => {
  assertEquals(ranges([]), []);
  assertEquals(ranges([5]), [[5, 5]]);
  assertEquals(ranges([1, 2, 3, 7, 9, 10]), [[1, 3], [7, 7], [9, 10]]);
  assertEquals(ranges(new Set([2, 1])), [[2, 2], [1, 1]]);
});
