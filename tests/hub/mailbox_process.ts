/**
 * A mailbox in a process that can be killed, or whose disk is small. `endless`: puts letters in and removes every third
 * one, and prints the number of each as soon as it is safe, below 0 where it was removed. `full`: puts letters in until
 * the disk takes no more, clears the box and goes on; prints what became of it.
 */
import { Mailbox } from "../../lib/hub/mailbox.ts";

const [mode, file] = Deno.args as [string, string];
const limits = { maxMessages: Infinity, maxBytes: Infinity, maxTotalBytes: Infinity, lifetime: Infinity };
const mailbox = await Mailbox.open({ file, ...limits });

if (mode === "endless") {
  const put = async (n: number) => {
    const text = `${n} ${"x".repeat(n % 7 * 1000)}`;
    if (await mailbox.put("ann", { fromClientId: "bob", msgId: String(n), text }) === "stored") console.log(n);
  };
  const start = mailbox.read("ann", 0, Infinity).length === 0 ? 1 : Number(Deno.args[2]);
  for (let n = start;; n += 10) {
    for (let k = 0; k < 10; k++) void put(n + k);
    await new Promise((resolve) => setTimeout(resolve));
    const gone = mailbox.read("ann", 0, Infinity).filter(({ msgId }) => Number(msgId) % 3 === 0);
    mailbox.remove("ann", gone.map(({ id }) => id));
    void mailbox.safe().then(() => gone.forEach(({ msgId }) => console.log(-Number(msgId))));
  }
}

const text = "x".repeat(100_000);
let n = 0;
const turn = () => [1, 2, 3].map(() => mailbox.put("ann", { fromClientId: "bob", msgId: String(n++), text }));
const highest = () => mailbox.read("ann", 0, Infinity).at(-1)?.id ?? 0;
const fill = async () => {
  for (let turns = 1;; turns++) {
    const outcomes = turn();
    const undone = highest();
    if ((await Promise.all(outcomes)).includes("not_stored")) return { turns, undone };
  }
};
const first = await fill();
const held = mailbox.read("ann", 0, Infinity);
const { messages } = mailbox.usage()[0]!;
mailbox.clear("ann");
await mailbox.safe();
const empty = [mailbox.has("ann"), mailbox.usage()];
const outcomes = await Promise.all(turn());
const reused = mailbox.read("ann", 0, Infinity).some(({ id }) => id <= first.undone);
console.log(JSON.stringify({ ...first, held: held.length, messages, empty, outcomes, reused }));
await mailbox.close();
