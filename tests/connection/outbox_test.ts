import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Outbox } from "../../lib/connection/outbox.ts";
import { CrossCommError, type ErrorCode } from "../../lib/protocol/errors.ts";
import type { Receipt } from "../../lib/protocol/receipt.ts";

/** Adds messages of ten characters, by default. */
function add(outbox: Outbox, id: string, envelope = "0123456789", signal?: AbortSignal): Promise<Receipt> {
  const receipt = outbox.add(id, envelope, 60, signal);
  receipt.catch(() => {});
  return receipt;
}

/** Hands over what the outbox gives, numbered from `number` on; returns the ids. */
function handOver(outbox: Outbox, number: number): string[] {
  const ids: string[] = [];
  for (let next = outbox.peek(); next !== undefined; next = outbox.peek()) {
    outbox.take(next, number++);
    ids.push(next.msgId);
  }
  return ids;
}

async function failure(receipt: Promise<Receipt>, code: ErrorCode): Promise<string> {
  const error = await assertRejects(() => receipt, CrossCommError);
  assertEquals(error.code, code);
  return error.message;
}

Deno.test("messages are handed over in order, and each gets its own receipt", async () => {
  const outbox = new Outbox();
  const receipts = ["a", "b", "c", "d", "e"].map((id) => add(outbox, id));
  assertEquals(handOver(outbox, 7), ["a", "b", "c", "d", "e"]);
  outbox.receipts({ stored: [[8, 8]], delivered: [[9, 10]], reached: [[7, 12]], sent: [[11, 11]] });
  assertEquals(await Promise.all(receipts), [
    { msgId: "a", status: "sent", recipients: 12 },
    { msgId: "b", status: "stored" },
    { msgId: "c", status: "delivered" },
    { msgId: "d", status: "delivered" },
    { msgId: "e", status: "sent" },
  ]);
  await outbox.idle;
  outbox.end("over");
});

Deno.test("what the hub refuses rejects with its reason", async () => {
  const outbox = new Outbox();
  const codes: [code: string, ours: ErrorCode][] = [
    ["unknown_client", "UNKNOWN_CLIENT"],
    ["mailbox_full", "MAILBOX_FULL"],
    ["too_large", "MESSAGE_TOO_LARGE"],
    ["not_stored", "NOT_STORED"],
    ["invalid_frame", "INVALID_FRAME"],
    ["in_bad_mood", "REFUSED"],
  ];
  const receipts = codes.map(([code]) => add(outbox, code));
  handOver(outbox, 1);
  outbox.receipts({ failed: codes.map(([code], index) => [index + 1, code, `because of ${code}`]) });
  for (const [index, [code, ours]] of codes.entries()) {
    assertStringIncludes(await failure(receipts[index]!, ours), `because of ${code}`);
  }
  outbox.end("over");
});

Deno.test("the hub gets so many messages without a receipt, and so many characters, and no more", () => {
  const few = new Outbox({ messages: 2, characters: 1000 });
  for (const id of ["a", "b", "c", "d"]) add(few, id);
  assertEquals(handOver(few, 1), ["a", "b"]);
  few.receipts({ delivered: [[1, 1]] });
  assertEquals(handOver(few, 3), ["c"]);
  few.receipts({ failed: [[2, "unknown_client", "nobody"]] });
  assertEquals(handOver(few, 4), ["d"]);

  const small = new Outbox({ messages: 100, characters: 25 });
  for (const id of ["a", "b", "c"]) add(small, id);
  assertEquals(handOver(small, 1), ["a", "b"]);
  add(small, "large", "x".repeat(1000));
  small.receipts({ delivered: [[1, 2]] });
  assertEquals(handOver(small, 3), ["c"]);
  small.receipts({ delivered: [[3, 3]] });
  assertEquals(handOver(small, 4), ["large"]); // alone, it is never too much
  for (const outbox of [few, small]) outbox.end("over");
});

Deno.test("what was taken back comes first, in order, without what has a receipt or was given up", async () => {
  const outbox = new Outbox({ messages: 3, characters: 1000 });
  const abort = new AbortController();
  const receipts = ["a", "b", "c", "d"].map((id) => add(outbox, id, undefined, id === "c" ? abort.signal : undefined));
  handOver(outbox, 1);
  outbox.receipts({ delivered: [[2, 2]] });
  abort.abort();
  assertStringIncludes(await failure(receipts[2]!, "ABORTED"), "it may still arrive");
  outbox.takeBack();
  outbox.receipts({ delivered: [[1, 4]] }); // of numbers that mean nothing any more
  assertEquals(handOver(outbox, 1), ["a", "d"]);
  outbox.end("over");
});

Deno.test("a signal takes out a message that was not handed over", async () => {
  const outbox = new Outbox();
  const abort = new AbortController();
  add(outbox, "a");
  const given = add(outbox, "b", undefined, abort.signal);
  abort.abort();
  assertStringIncludes(await failure(given, "ABORTED"), "this message was not sent");
  assertEquals(handOver(outbox, 1), ["a"]);
  outbox.end("over");
});

Deno.test("when time is up the sender is told whether the message may still arrive", async () => {
  const outbox = new Outbox({ messages: 1, characters: 1000 });
  const handed = outbox.add("a", "x", 0.01);
  const kept = outbox.add("b", "x", 0.02);
  const patient = add(outbox, "c");
  assertEquals(handOver(outbox, 1), ["a"]);
  assertStringIncludes(await failure(handed, "TIMEOUT"), "may still arrive");
  assertStringIncludes(await failure(kept, "TIMEOUT"), "does not arrive");
  assertEquals(handOver(outbox, 2), ["c"]);
  outbox.receipts({ delivered: [[2, 2]] });
  assertEquals((await patient).status, "delivered");
  outbox.end("over");
});

Deno.test("at the end the sender is told whether the message may have arrived", async () => {
  const outbox = new Outbox({ messages: 1, characters: 1000 });
  const [handed, kept] = [add(outbox, "a"), add(outbox, "b")];
  handOver(outbox, 1);
  outbox.end("this client has logged out");
  assertStringIncludes(await failure(handed, "CONNECTION_LOST"), "may have arrived");
  assertStringIncludes(await failure(kept, "NOT_CONNECTED"), "before the message could be sent");
  await outbox.idle;
});

Deno.test("receipts for all numbers there are cost no more than the messages there are", async () => {
  const outbox = new Outbox();
  const receipt = add(outbox, "a");
  handOver(outbox, 5);
  outbox.receipts({ delivered: [[-9e15, 9e15]] });
  assertEquals((await receipt).status, "delivered");
  outbox.end("over");
});

Deno.test("a message that was sent again after a lost session, and fails, may have arrived the first time", async () => {
  const outbox = new Outbox();
  const [handed, waiting] = [add(outbox, "handed"), add(outbox, "waiting")];
  outbox.take(outbox.peek()!, 1);
  outbox.takeBack();
  handOver(outbox, 1);
  outbox.receipts({ failed: [[1, "not_stored", "the disk is full"], [2, "not_stored", "the disk is full"]] });
  assertStringIncludes(await failure(handed, "UNCONFIRMED"), "the first time it may have arrived");
  await failure(waiting, "NOT_STORED");
  outbox.end("the test is over");
});
