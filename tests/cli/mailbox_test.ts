import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Mailbox } from "../../lib/hub/mailbox.ts";
import { tempFolder } from "../support/start_hub.ts";
import { crosscomm } from "./crosscomm.ts";

const LIMITS = { maxMessages: 100, maxBytes: 1e6, maxTotalBytes: 1e6, lifetime: 1000 };

/** A mailbox with two messages for ann, and one for a client with a name that steers a terminal. */
async function filled(file: string): Promise<Mailbox> {
  const mailbox = await Mailbox.open({ file, ...LIMITS });
  for (const [clientId, msgId] of [["ann", "1"], ["b\x1b[2J", "2"], ["ann", "3"]] as const) {
    await mailbox.put(clientId, { fromClientId: "carl", msgId, text: "x".repeat(600) });
  }
  return mailbox;
}

for (const running of [true, false]) {
  Deno.test(`mailbox shows and clears while ${running ? "the" : "no"} hub has the file`, async () => {
    await using folder = await tempFolder();
    const file = `${folder.path}/cross_comm_mailbox.db`;
    const before = Date.now() / 1000;
    await using hub = await filled(file);
    if (!running) await hub.close();
    const mailbox = async (...args: string[]) => {
      const result = await crosscomm(["mailbox", ...args], { cwd: folder.path });
      assertEquals([result.code, result.stderr], [0, ""]);
      return result.stdout;
    };
    const [ann, other] = (await mailbox()).split("\n");
    assertMatch(ann!, /^ann {5,}2 messages, 1\.2 KiB, since \S/);
    assertMatch(other!, /^b\\x1b\[2J {2}1 message, 600 B, since \S/);

    const lines = (await mailbox("--json")).split("\n").map((line) => JSON.parse(line));
    const sinces = lines.map(({ oldest }) => oldest >= before && oldest <= Date.now() / 1000);
    assertEquals(lines.map((line) => ({ ...line, oldest: 0 })), [
      { client_id: "ann", messages: 2, bytes: 1200, oldest: 0 },
      { client_id: "b\x1b[2J", messages: 1, bytes: 600, oldest: 0 },
    ]);
    assertEquals(sinces, [true, true]);

    assertEquals(await mailbox("clear", "ann", "dora"), "Removed 2 messages for ann\nRemoved 0 messages for dora");
    if (running) {
      assertEquals(hub.read("ann", 0, Infinity), []);
      assertEquals([hub.has("ann"), hub.has("b\x1b[2J")], [false, true]);
    }
    assertEquals(JSON.parse(await mailbox("clear", "--all", "--json")), { client_id: "b\x1b[2J", cleared: 1 });
    for (const args of [[], ["clear", "--all"]]) assertEquals(await mailbox(...args), "Nothing waits for anybody.");
  });
}

Deno.test("sizes have a point, as the English around them, where the machine speaks a language with commas", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/cross_comm_mailbox.db`;
  await (await filled(file)).close();
  const { stdout } = await crosscomm(["mailbox"], { cwd: folder.path, env: { LC_ALL: "de_DE.UTF-8" } });
  assertMatch(stdout, /2 messages, 1\.2 KiB, since /);
});

Deno.test("mailbox finds the file by its flag and by its variable", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/elsewhere.db`;
  await (await filled(file)).close();
  const byFlag = await crosscomm(["mailbox", "--mailbox-file", file]);
  const byVariable = await crosscomm(["mailbox"], { env: { CROSSCOMM_MAILBOX_FILE: file } });
  assertEquals(byFlag.stdout.split("\n").length, 2);
  assertEquals(byVariable, byFlag);
});

Deno.test("mailbox makes no file where there is none, and leaves one alone that is no mailbox", async () => {
  await using folder = await tempFolder();
  const missing = await crosscomm(["mailbox"], { cwd: folder.path });
  assertEquals([missing.code, missing.stdout], [1, ""]);
  assertStringIncludes(missing.stderr, "no hub keeps a mailbox in cross_comm_mailbox.db: start one there first");
  await Deno.writeTextFile(`${folder.path}/cross_comm_mailbox.db`, "no database ".repeat(100));
  const damaged = await crosscomm(["mailbox", "clear", "--all"], { cwd: folder.path });
  assertEquals([damaged.code, damaged.stdout], [1, ""]);
  assertStringIncludes(damaged.stderr, "the mailbox cross_comm_mailbox.db cannot be used (file is not a database)");
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["cross_comm_mailbox.db"]);
});

const mistakes: [args: string[], complaint: string][] = [
  [["clear"], "mailbox clear needs either the ids of clients or --all"],
  [["clear", "ann", "--all"], "mailbox clear needs either the ids of clients or --all"],
  [["--all"], "--all goes with mailbox clear"],
  [["claer", "ann"], "mailbox has no subcommand claer: did you mean clear?"],
];

for (const [args, complaint] of mistakes) {
  Deno.test(`crosscomm mailbox ${args.join(" ")} exits with 2 and a hint`, async () => {
    const { code, stdout, stderr } = await crosscomm(["mailbox", ...args]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, complaint);
    assertStringIncludes(stderr, "See: crosscomm mailbox --help");
  });
}

Deno.test("mailbox --help explains itself", async () => {
  const { code, stdout } = await crosscomm(["mailbox", "--help"]);
  assertEquals(code, 0);
  for (const words of ["crosscomm mailbox [clear (ID… | --all)]", "--mailbox-file FILE", "[CROSSCOMM_MAILBOX_FILE]"]) {
    assertStringIncludes(stdout, words);
  }
});
