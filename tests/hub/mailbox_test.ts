import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Mailbox } from "../../lib/hub/mailbox.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { captureLog } from "../support/captured_log.ts";
import { until } from "../support/inbox.ts";
import { tempFolder } from "../support/start_hub.ts";
import { letter, LIMITS, tempMailbox, textsOf } from "../support/temp_mailbox.ts";

Deno.test("what was put in is read in order, by its addressee alone, and gone when it is removed", async () => {
  await using test = await tempMailbox();
  const { mailbox } = test;
  const outcomes = [mailbox.put("ann", letter(1)), mailbox.put("carl", letter(2)), mailbox.put("ann", letter(3))];
  assertEquals([textsOf(mailbox, "ann"), mailbox.isStoring("ann")], [[], true]); // until it is on the disk
  assertEquals(await Promise.all(outcomes), ["stored", "stored", "stored"]);
  assertEquals([textsOf(mailbox, "ann"), mailbox.isStoring("ann")], [["text 1", "text 3"], false]);

  const [first, second] = mailbox.read("ann", 0, Infinity);
  assertEquals({ ...first, id: 0 }, { id: 0, clientId: "ann", fromClientId: "bob", msgId: "bob_1", text: "text 1" });
  assert(second!.id > first!.id);
  assertEquals(mailbox.read("ann", first!.id, Infinity), [second!]);
  mailbox.remove("carl", [first!.id]); // not carl's
  mailbox.remove("ann", [first!.id, 99]);
  assertEquals(textsOf(mailbox, "ann"), ["text 3"]);
  mailbox.remove("ann", [second!.id]);
  assertEquals([mailbox.has("ann"), mailbox.has("carl"), mailbox.has("dora")], [false, true, false]);
  await mailbox.safe();
  assertEquals(mailbox.usage().map(({ clientId }) => clientId), ["carl"]);
});

Deno.test("it is all there when the hub starts again, and what was removed is not", async () => {
  await using test = await tempMailbox();
  for (let n = 1; n <= 300; n++) void test.mailbox.put(n % 2 === 0 ? "ann" : "carl", letter(n));
  await test.mailbox.safe();
  test.mailbox.remove("ann", test.mailbox.read("ann", 0, Infinity).slice(0, 100).map(({ id }) => id));
  test.mailbox.clear("carl");
  await test.mailbox.close();
  await using again = await Mailbox.open({ file: test.file, ...LIMITS });
  assertEquals(textsOf(again, "ann"), Array.from({ length: 50 }, (_, n) => `text ${202 + 2 * n}`));
  assertEquals([again.has("ann"), again.has("carl")], [true, false]);
  assertEquals(await again.put("ann", letter(999)), "stored");
  assertEquals(textsOf(again, "ann").at(-1), "text 999");
});

Deno.test("one read takes as much as is asked for, and at least one letter", async () => {
  await using test = await tempMailbox();
  const { mailbox } = test;
  for (const n of [1, 2, 3]) void mailbox.put("ann", letter(n, "x".repeat(100)));
  await mailbox.safe();
  assertEquals([0, 100, 199, 200, 300].map((bytes) => textsOf(mailbox, "ann", 0, bytes).length), [1, 1, 1, 2, 3]);
  assertEquals(mailbox.read("ann", mailbox.read("ann", 0, 300).at(-1)!.id, 300), []);
});

Deno.test("a message is held once, and is stored whoever asks", async () => {
  await using test = await tempMailbox({ maxMessages: 4 });
  const { mailbox } = test;
  const same = [mailbox.put("ann", letter(1)), mailbox.put("ann", letter(1))];
  assertEquals(await Promise.all(same), ["stored", "stored"]);
  assertEquals(await mailbox.put("ann", letter(1)), "stored");
  // What differs in one of the three is another message.
  await Promise.all([mailbox.put("carl", letter(1)), mailbox.put("ann", { ...letter(1), fromClientId: "dora" })]);
  await mailbox.put("ann", { ...letter(1), msgId: "2" });
  assertEquals(mailbox.usage().map(({ messages }) => messages), [3, 1]);
  assertEquals(await mailbox.put("ann", letter(1)), "stored"); // though the box is full
  // What was delivered is not held, and may come again: in the same turn, too.
  mailbox.remove("ann", mailbox.read("ann", 0, 1).map(({ id }) => id));
  assertEquals(await mailbox.put("ann", letter(1, "again")), "stored");
  assertEquals(textsOf(mailbox, "ann").at(-1), "again");
});

Deno.test("any text and any id come out as they went in", async () => {
  await using test = await tempMailbox();
  const texts = ["", "\0", "a\0b", "\ufeff{}", "你好 😀", '{"content":"\\ud800"}', "\u2028\r\n"];
  const ids = [
    "\0",
    "a\0b",
    "a\0c",
    "\ud800",
    "\ud801",
    "\ufffd",
    '"',
    "ann",
    "ANN",
    "ann ",
    "é",
    "e\u0301",
    "1",
    "1.0",
  ];
  for (const text of texts) await test.mailbox.put("ann", { fromClientId: "bob", msgId: text, text });
  for (const id of ids) await test.mailbox.put(id, { fromClientId: id, msgId: id, text: id });
  for (const id of ids) await test.mailbox.put("carl", { fromClientId: id, msgId: id, text: "x" });
  await test.mailbox.close();
  await using again = await Mailbox.open({ file: test.file, ...LIMITS });
  assertEquals(textsOf(again, "ann").slice(0, texts.length), texts);
  for (const id of ids) {
    assert(again.has(id), JSON.stringify(id));
    const { fromClientId, msgId } = again.read(id, 0, Infinity).at(-1)!;
    assertEquals([fromClientId, msgId], [id, id]);
  }
  assertEquals(again.read("carl", 0, Infinity).map(({ msgId }) => msgId), ids);
});

Deno.test("the limits: messages and bytes a client, and bytes in all; what goes makes room", async () => {
  await using test = await tempMailbox({ maxMessages: 3, maxBytes: 100, maxTotalBytes: 150 });
  const { mailbox } = test;
  const put = (clientId: string, n: number, bytes: number) =>
    mailbox.put(clientId, { ...letter(n, "é".repeat(bytes / 2)), fromClientId: "server" });
  assertEquals(await put("ann", 1, 102), "mailbox_full");
  assertEquals(await put("ann", 2, 100), "stored");
  assertEquals(await put("ann", 3, 2), "mailbox_full");
  assertEquals(await put("carl", 4, 52), "mailbox_full");
  assertEquals(await Promise.all([1, 2, 3, 4].map((n) => put("carl", n, 2))), [
    ...["stored", "stored", "stored"],
    "mailbox_full",
  ]);
  assertEquals(mailbox.clear("ann"), 1);
  assertEquals(await put("ann", 5, 100), "stored");
  mailbox.remove("carl", mailbox.read("carl", 0, 1).map(({ id }) => id));
  assertEquals(await put("carl", 5, 2), "stored");
  assertEquals(await put("dora", 5, 46), "mailbox_full");
});

Deno.test("the limits hold over a restart", async () => {
  await using test = await tempMailbox({ maxMessages: 4 });
  await Promise.all([1, 2].map((n) => test.mailbox.put("ann", letter(n))));
  await test.mailbox.close();
  await using again = await Mailbox.open({ file: test.file, ...LIMITS, maxMessages: 4 });
  assertEquals(await again.put("ann", letter(3)), "mailbox_full");
});

Deno.test("usage says who has how much, and since when", async () => {
  await using test = await tempMailbox();
  const before = Date.now() / 1000;
  await test.mailbox.put("carl", letter(1, "四"));
  const between = Date.now() / 1000;
  await test.mailbox.put("ann", letter(2, "12345"));
  await test.mailbox.put("carl", letter(3, "12345"));
  const [ann, carl] = test.mailbox.usage();
  assertEquals({ ...ann, oldest: 0 }, { clientId: "ann", messages: 1, bytes: 5, oldest: 0 });
  assertEquals({ ...carl, oldest: 0 }, { clientId: "carl", messages: 2, bytes: 8, oldest: 0 });
  assert(carl!.oldest >= before && carl!.oldest <= between && ann!.oldest >= between);
});

Deno.test("what has waited for its lifetime is overdue until it is removed", async () => {
  await using test = await tempMailbox({ lifetime: 100 });
  const { mailbox } = test;
  await mailbox.put("ann", letter(1));
  assertEquals(mailbox.overdue(Date.now() + 99_000), []);
  const [overdue, ...others] = mailbox.overdue(Date.now() + 101_000);
  assertEquals([overdue, others], [{ id: overdue!.id, clientId: "ann", fromClientId: "bob", msgId: "bob_1" }, []]);
  mailbox.remove("ann", [overdue!.id]);
  assertEquals(mailbox.overdue(Date.now() + 101_000), []); // though it may be on the disk yet
  assertEquals(mailbox.has("ann"), false);
  await mailbox.safe();
  assertEquals(mailbox.overdue(Date.now() + 101_000), []);
  assertEquals(mailbox.usage(), []);
});

Deno.test("the file and what lies beside it are their owner's alone, whatever they were", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/mailbox.db`;
  const modes = () =>
    [...Deno.readDirSync(folder.path)].map(({ name }) => Deno.statSync(`${folder.path}/${name}`).mode! & 0o777);
  for (const _ of [1, 2]) {
    await using mailbox = await Mailbox.open({ file, ...LIMITS });
    await mailbox.put("ann", letter(1));
    assertEquals(modes(), [0o600, 0o600, 0o600]);
    await mailbox.close();
    await Deno.chmod(file, 0o644);
  }
});

Deno.test("a file that is damaged is set aside, and the hub starts with an empty one", async () => {
  await using log = await captureLog();
  await using folder = await tempFolder();
  const file = `${folder.path}/mailbox.db`;
  {
    await using mailbox = await Mailbox.open({ file, ...LIMITS });
    for (let n = 0; n < 1000; n++) void mailbox.put("ann", letter(n, "x".repeat(100)));
  }
  const broken = await Deno.readFile(file);
  broken.fill(7, 4096);
  for (const content of [new TextEncoder().encode("no database ".repeat(100)), broken]) {
    await Deno.writeFile(file, content);
    await using mailbox = await Mailbox.open({ file, ...LIMITS });
    assertEquals(mailbox.usage(), []);
    assertEquals(await mailbox.put("ann", letter(1)), "stored");
    const line = await log.next("warning: Starting with an empty mailbox");
    const aside = await Deno.readFile(/it is now (.*)$/.exec(line)![1]!);
    assert(aside.length === content.length && aside.every((byte, index) => byte === content[index]));
  }
});

Deno.test("a file that cannot be used is left alone, and it is said what to do", async () => {
  await using folder = await tempFolder();
  const foreign = `${folder.path}/foreign.db`;
  new DatabaseSync(foreign).exec("CREATE TABLE treasure (gold)");
  const later = `${folder.path}/later.db`;
  await (await Mailbox.open({ file: later, ...LIMITS })).close();
  new DatabaseSync(later).exec("PRAGMA user_version = 7");
  const files = { [foreign]: "another program's", [later]: "another version", [folder.path]: "no file" };
  for (const [file, why] of Object.entries({ ...files, [`${folder.path}/not there/x.db`]: "No such file" })) {
    const error = await assertRejects(() => Mailbox.open({ file, ...LIMITS }), CrossCommError, why);
    assertEquals(error.code, "MAILBOX_UNUSABLE");
    assertStringIncludes(error.message, "choose another with mailboxFile");
  }
  const left = new DatabaseSync(foreign).prepare("SELECT name FROM sqlite_master").all().map(({ name }) => name);
  assertEquals(left, ["treasure"]);
});

Deno.test("what cannot be written is not stored, leaves nothing behind, and later letters are", async () => {
  await using log = await captureLog();
  await using test = await tempMailbox({ maxMessages: 4 });
  const { mailbox } = test;
  await mailbox.put("ann", letter(1));
  const other = new DatabaseSync(test.file); // what writes there for so long that nobody waits for it
  other.exec("BEGIN IMMEDIATE");
  assertEquals(await Promise.all([2, 3, 4].map((n) => mailbox.put("ann", letter(n)))), Array(3).fill("not_stored"));
  assertEquals(textsOf(mailbox, "ann"), ["text 1"]);
  mailbox.remove("ann", mailbox.read("ann", 0, 1).map(({ id }) => id)); // is delivered all the same
  assertEquals([mailbox.has("ann"), textsOf(mailbox, "ann")], [false, []]);
  await assertRejects(() => mailbox.safe(), CrossCommError, "is there room on its disk");
  other.exec("ROLLBACK");
  other.close();

  await until(async () => await mailbox.put("ann", letter(5)) === "stored", "letters are stored again");
  assertEquals(await mailbox.put("ann", letter(6)), "stored");
  assertEquals(textsOf(mailbox, "ann"), ["text 5", "text 6"]);
  assertEquals(mailbox.usage().map(({ messages }) => messages), [2]);
  assertEquals(log.lines.filter((line) => line.includes("Nothing is being stored")).length, 1);
});

Deno.test("nothing counts as stored in a file that was removed or replaced, and the log says so", async () => {
  for (const change of [Deno.remove, (file: string) => Deno.rename(`${file}.other`, file)]) {
    await using log = await captureLog();
    await using test = await tempMailbox();
    const { mailbox, file } = test;
    await Deno.writeTextFile(`${file}.other`, "another");
    assertEquals(await mailbox.put("ann", letter(1)), "stored");
    await change(file);
    assertEquals(await mailbox.put("ann", letter(2)), "not_stored");
    await log.next("Nothing is being stored for clients that are offline");
    assertEquals(textsOf(mailbox, "ann"), ["text 1"]); // which may be delivered yet
  }
});

Deno.test("where the disk is to stay free nothing is stored, and it is said once", async () => {
  await using log = await captureLog();
  await using test = await tempMailbox({ minFreeBytes: Number.MAX_SAFE_INTEGER });
  for (let n = 0; n < 3; n++) assertEquals(await test.mailbox.put("ann", letter(n)), "not_stored");
  assertEquals(test.mailbox.has("ann"), false);
  assertEquals(log.lines.length, 1);
  assertStringIncludes(log.lines[0]!, "the disk is nearly full");
});

Deno.test("another process may clear what the hub has counted, and be told of what the hub puts in", async () => {
  await using test = await tempMailbox({ maxMessages: 4 });
  const { mailbox } = test;
  await Promise.all([1, 2].map((n) => mailbox.put("ann", letter(n))));
  await mailbox.put("carl", letter(1));
  const [delivered] = mailbox.read("ann", 0, 1);
  await using other = await Mailbox.openHubs(test.file);
  assertEquals(other.usage().map(({ clientId, messages }) => [clientId, messages]), [["ann", 2], ["carl", 1]]);
  assertEquals(other.clear("ann"), 2);
  await other.safe();
  mailbox.remove("ann", [delivered!.id]);
  assertEquals(await Promise.all([3, 4, 5].map((n) => mailbox.put("ann", letter(n)))), [
    ...["stored", "stored"],
    "mailbox_full",
  ]);
  assertEquals([other.clear("ann"), other.clear("nobody")], [2, 0]);
  await other.safe();
  assertEquals([textsOf(mailbox, "ann"), mailbox.has("ann"), mailbox.has("carl")], [[], false, true]);
});

Deno.test("what goes gives the disk its room back", async () => {
  await using test = await tempMailbox({ maxBytes: 1e9, maxTotalBytes: 1e9 });
  const { mailbox, file } = test;
  for (let n = 0; n < 50; n++) await mailbox.put("ann", letter(n, "x".repeat(100_000)));
  mailbox.clear("ann");
  await mailbox.close();
  assert((await Deno.stat(file)).size < 100_000);
});

Deno.test("after its end a mailbox stores nothing, and says so", async () => {
  await using _log = await captureLog();
  await using test = await tempMailbox();
  await Promise.all([test.mailbox.close(), test.mailbox.close()]);
  assertEquals(await test.mailbox.put("ann", letter(1)), "not_stored");
  assertEquals(test.mailbox.read("ann", 0, 1), []);
});
