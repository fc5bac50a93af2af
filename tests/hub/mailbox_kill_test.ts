import { assert, assertEquals } from "@std/assert";
import { Mailbox } from "../../lib/hub/mailbox.ts";
import { Command } from "../support/command.ts";
import { tempFolder } from "../support/start_hub.ts";

const program = ["run", "-A", `--config=${import.meta.dirname}/../../deno.json`];
const args = [...program, `${import.meta.dirname}/mailbox_process.ts`];

Deno.test("what was reported safe is there after a kill at any moment, and what was removed is not", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/mailbox.db`;
  const safe = new Set<number>();
  const removed = new Set<number>();
  for (let round = 1; round <= 4; round++) {
    {
      await using process = new Command(Deno.execPath(), [...args, "endless", file, String(round * 1_000_000)]);
      for (let lines = 0; lines < round * 150; lines++) {
        const n = Number(await process.line());
        if (n > 0) safe.add(n);
        else removed.add(-n);
      }
      process.interrupt("SIGKILL");
      await process.end();
    }
    await using mailbox = await Mailbox.open({
      file,
      maxMessages: Infinity,
      maxBytes: Infinity,
      maxTotalBytes: Infinity,
      lifetime: Infinity,
    });
    const letters = mailbox.read("ann", 0, Infinity);
    const numbers = letters.map(({ msgId }) => Number(msgId));
    assertEquals(numbers, numbers.toSorted((a, b) => a - b));
    assertEquals(letters.map(({ msgId, text }) => `${msgId} ${"x".repeat(Number(msgId) % 7 * 1000)}` === text), [
      ...numbers.map(() => true),
    ]);
    const held = new Set(numbers);
    const missing = [...safe].filter((n) => n % 3 !== 0 && !held.has(n));
    assertEquals([missing, [...removed].filter((n) => held.has(n))], [[], []]);
  }
  assert(safe.size > 100 && removed.size > 10, `${safe.size} safe, ${removed.size} removed`);
});

Deno.test({
  name: "on a full disk nothing more is stored, what was stays, and with room it goes on",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await tempFolder();
    // A limit to the size of files stands in for a small disk: it fails in the midst of a write, too.
    const shell = `trap "" XFSZ; ulimit -f 4096; exec "$@"`;
    const command = [Deno.execPath(), ...args, "full", `${folder.path}/mailbox.db`];
    await using process = new Command("sh", ["-c", shell, "sh", ...command]);
    const { code, stdout, stderr } = await process.end();
    assertEquals(code, 0, stderr);
    const { turns, held, messages, empty, outcomes, reused } = JSON.parse(stdout);
    assert(turns > 3, `full after ${turns}`);
    assertEquals([held, messages], [3 * (turns - 1), 3 * (turns - 1)]); // a group is stored whole or not at all
    assertEquals(empty, [false, []]);
    assertEquals(outcomes, ["stored", "stored", "stored"]);
    assertEquals(reused, false);
  },
});
