import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Mailbox } from "../../lib/hub/mailbox.ts";
import { letter, LIMITS, tempMailbox } from "../support/temp_mailbox.ts";

/** Puts letters of 10 bytes in. */
function tens(mailbox: Mailbox) {
  let n = 0;
  return (fromClientId: string, clientId: string) =>
    mailbox.put(clientId, { fromClientId, msgId: String(n++), text: "x".repeat(10) });
}

Deno.test("one sender gets a quarter of the room, and the others and the hub get in all the same", async () => {
  await using test = await tempMailbox({ maxTotalBytes: 80 });
  const { mailbox } = test;
  const put = tens(mailbox);
  const flood = ["ann", "carl", "dora", "ann"].map((clientId) => put("bob", clientId));
  assertEquals(await Promise.all(flood), ["stored", "stored", "mailbox_full", "mailbox_full"]);
  assertEquals(await put("eve", "ann"), "stored");
  assertEquals(await Promise.all([1, 2, 3].map(() => put("server", "ann"))), ["stored", "stored", "stored"]);

  const [delivered] = mailbox.read("ann", 0, 1);
  assertEquals(delivered!.fromClientId, "bob");
  mailbox.remove("ann", [delivered!.id, delivered!.id]); // which counts once
  assertEquals([await put("bob", "dora"), await put("bob", "dora")], ["stored", "mailbox_full"]);
  assertEquals([mailbox.clear("carl"), mailbox.clear("dora")], [1, 1]);
  assertEquals(await Promise.all([1, 2, 3].map(() => put("bob", "ann"))), ["stored", "stored", "mailbox_full"]);
});

Deno.test("the senders at one address get half of the room, under however many ids, and the others get in all the same", async () => {
  await using test = await tempMailbox();
  await Promise.all(["a1", "a2", "b1"].map((from) => tens(test.mailbox)(from, "ann")));
  await test.mailbox.close();
  const online = new Set<string>();
  const addressOf = (id: string) => online.has(id) ? `192.0.2.${id[0]}` : undefined;
  await using mailbox = await Mailbox.open({ file: test.file, ...LIMITS, maxTotalBytes: 80 }, addressOf);
  for (const id of ["a1", "a2", "a3", "b1", "b2"]) online.add(id);
  let n = 0;
  const put = (fromClientId: string) =>
    mailbox.put("dora", { fromClientId, msgId: `later ${n++}`, text: "x".repeat(10) });
  assertEquals(await Promise.all(["a1", "a2", "a3"].map(put)), ["stored", "stored", "mailbox_full"]);
  assertEquals(await Promise.all(["b1", "b2"].map(put)), ["stored", "stored"]);
  mailbox.clear("ann");
  assertEquals(await Promise.all(["a3", "a3", "a2"].map(put)), ["stored", "stored", "mailbox_full"]);
});

Deno.test("one sender gets half of a box and one address three quarters, and the others get in all the same", async () => {
  for (const limit of [{ maxMessages: 8 }, { maxBytes: 80 }]) {
    await using test = await tempMailbox();
    await tens(test.mailbox)("a1", "ann");
    await test.mailbox.close();
    const addressOf = (id: string) => `192.0.2.${id[0]}`;
    await using mailbox = await Mailbox.open({ file: test.file, ...LIMITS, ...limit }, addressOf);
    let n = 0;
    const put = (fromClientId: string, clientId = "ann") =>
      mailbox.put(clientId, { fromClientId, msgId: `later ${n++}`, text: "x".repeat(10) });
    const flood = ["a1", "a1", "a1", "a1", "a2", "a2", "a3"].map((id) => put(id));
    const [full, ...taken] = ["mailbox_full", "stored", "stored", "stored"];
    assertEquals(await Promise.all(flood), [...taken, full, "stored", "stored", full]);
    assertEquals(await Promise.all([put("a1", "dora"), put("b1"), put("server"), put("b1")]), [...taken, full]);
    mailbox.clear("ann");
    assertEquals(await put("a1"), "stored");
  }
});

Deno.test("a sender's share is the same after a restart, and after another process has cleared a box", async () => {
  await using test = await tempMailbox();
  const before = tens(test.mailbox);
  await Promise.all([before("bob", "ann"), before("eve", "ann"), before("bob", "carl")]);
  await test.mailbox.close();
  await using again = await Mailbox.open({ file: test.file, ...LIMITS, maxTotalBytes: 80 });
  const put = (fromClientId: string, msgId: string) => again.put("dora", { fromClientId, msgId, text: "x".repeat(10) });
  assertEquals([await put("bob", "3"), await put("eve", "4"), await put("eve", "5")], [
    ...["mailbox_full", "stored"],
    "mailbox_full",
  ]);
  await using other = await Mailbox.openHubs(test.file);
  const [delivered] = again.read("ann", 0, 1);
  assertEquals(other.clear("ann"), 2);
  await other.safe();
  again.remove("ann", [delivered!.id]); // which is bob's, and gone
  assertEquals([await put("bob", "6"), await put("bob", "7")], ["stored", "mailbox_full"]);
  assertEquals([await put("eve", "8"), await put("eve", "9")], ["stored", "mailbox_full"]);
});

Deno.test("a file that was made before senders had shares knows them, too", async () => {
  await using test = await tempMailbox();
  const put = tens(test.mailbox);
  await Promise.all([put("bob", "ann"), put("bob", "ann")]);
  await test.mailbox.close();
  const indexes = () => {
    using database = new DatabaseSync(test.file);
    return database.prepare("SELECT name FROM sqlite_master WHERE name = 'letters_by_pair'").all().length;
  };
  {
    using database = new DatabaseSync(test.file);
    database.exec("DROP INDEX letters_by_pair");
  }
  assertEquals(indexes(), 0);
  await using again = await Mailbox.open({ file: test.file, ...LIMITS, maxTotalBytes: 80 });
  assertEquals(await again.put("carl", letter(3)), "mailbox_full");
  await again.close();
  assertEquals(indexes(), 1);
});
