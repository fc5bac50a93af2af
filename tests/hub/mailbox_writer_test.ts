import { assert, assertEquals, assertRejects } from "@std/assert";
import { MailboxCounts } from "../../lib/hub/mailbox_counts.ts";
import { MailboxFile } from "../../lib/hub/mailbox_file.ts";
import { MailboxWriter } from "../../lib/hub/mailbox_writer.ts";
import { captureLog } from "../support/captured_log.ts";
import { tempFolder } from "../support/start_hub.ts";

/** A writer whose disk fails while `broken` is set. */
async function writerOn(path: string, failing: "commit" | "sync") {
  const file = await MailboxFile.create(path);
  const counts = new MailboxCounts();
  const test = {
    file,
    counts,
    broken: true,
    writer: new MailboxWriter(path, file, counts),
    put: (n: number) => {
      const letter = { clientId: "ann", fromClientId: "bob", msgId: String(n) };
      return test.writer.put(letter, new TextEncoder().encode(`text ${n}`), () => Infinity);
    },
    held: () =>
      [...file.read("ann", 0)].filter(({ id }) => !test.writer.isRemoved("ann", id)).map((
        { id, msgId },
      ) => [id, msgId]),
  };
  const whole = file[failing].bind(file);
  file[failing] = () => {
    if (test.broken) throw new Error("the disk is broken");
    return whole() as Promise<void>;
  };
  return test;
}

for (const failing of ["commit", "sync"] as const) {
  Deno.test(`where a ${failing} fails, nothing of the group is stored, nor delivered later, nor counted`, async () => {
    await using log = await captureLog();
    await using folder = await tempFolder();
    const test = await writerOn(`${folder.path}/mailbox.db`, failing);
    const outcomes = [1, 2, 3].map((n) => test.put(n));
    const undone = test.held().map(([id]) => id);
    assertEquals([test.counts.of("ann"), undone.length], [{ messages: 3, bytes: 18 }, 3]);
    assertEquals(test.counts.sharesOf("bob").sender.bytes, 18);
    assertEquals(await Promise.all(outcomes), ["not_stored", "not_stored", "not_stored"]);
    assertEquals([test.counts.of("ann"), test.held()], [{ messages: 0, bytes: 0 }, []]);
    assertEquals(test.counts.sharesOf("bob").sender.bytes, 0);

    test.broken = false;
    assertEquals(await Promise.all([test.put(3), test.put(4)]), ["stored", "stored"]);
    const held = test.held();
    assertEquals(held.map(([, msgId]) => msgId), ["3", "4"]);
    assert(held.every(([id]) => !undone.includes(id!)), "an id that somebody may still have is another letter's");
    assertEquals([test.counts.of("ann"), test.counts.sharesOf("bob").sender.bytes], [{ messages: 2, bytes: 12 }, 12]);
    assertEquals(log.lines.length, 1);
    test.file.close();
  });
}

Deno.test("what is removed while that cannot be written is not read, and goes as soon as it can", async () => {
  await using _log = await captureLog();
  await using folder = await tempFolder();
  const test = await writerOn(`${folder.path}/mailbox.db`, "commit");
  test.broken = false;
  await Promise.all([test.put(1), test.put(2)]);
  test.broken = true;
  test.writer.remove("ann", test.held()[0]![0] as number);
  await assertRejects(() => test.writer.safe(), Error, "the disk is broken");
  assertEquals([test.held().length, test.counts.of("ann").messages], [1, 1]);
  assertEquals([...test.file.read("ann", 0)].length, 2);
  test.broken = false;
  await test.writer.safe();
  assertEquals([...test.file.read("ann", 0)].length, 1);
  test.file.close();
});
