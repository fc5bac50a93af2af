/*
 * A client in a process of its own: sends numbered messages to the others until its standard input ends, and writes
 * down, at once and line by line, what it sends, what becomes of it, and what it hears.
 */
import { CommMsgType, CrossCommClient, CrossCommError } from "../../client.ts";
import { Random } from "./random.ts";
import type { Entry } from "./ledger.ts";

const [id, port, seed, ...others] = Deno.args as [string, string, string, ...string[]];
const random = new Random(Number(seed));
/** How many messages may be without a receipt, and how long the next one waits at most, in milliseconds. */
const WINDOW = 20;
const PAUSE_MS = 40;
/** How long a message may wait for its receipt, in seconds: longer than any fault lasts. */
const PATIENCE_SECONDS = 300;

const encoder = new TextEncoder();

function write(entry: Entry): void {
  const line = encoder.encode(`${JSON.stringify(entry)}\n`);
  for (let written = 0; written < line.length;) written += Deno.stdout.writeSync(line.subarray(written));
}

const client = new CrossCommClient({ port: Number(port), clientId: id, reconnect: { maxDelay: 1 } });
client.messageListener({ msgType: CommMsgType.DICT })(({ fromClientId, content }) => {
  const { name } = content as { name: string };
  write({ what: "heard", from: fromClientId, name });
});

async function logIn(): Promise<void> {
  for (;;) {
    try {
      return await client.login();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200)); // the hub is being restarted
    }
  }
}

async function send(to: string, name: string): Promise<void> {
  write({ what: "sent", to, name });
  try {
    const { status } = await client.sendMessage({ name }, CommMsgType.DICT, {
      toClientId: to,
      timeout: PATIENCE_SECONDS,
    });
    write({ what: "receipt", to, name, status });
  } catch (error) {
    const code = error instanceof CrossCommError ? error.code : String(error);
    write({ what: "rejected", to, name, code });
  }
}

await logIn();
write({ what: "ready" });
let isOver = false;
const orders = (async () => {
  for await (const _ of Deno.stdin.readable); // it ends when nothing more is to be sent
  isOver = true;
})();
const underWay = new Set<Promise<void>>();
for (let number = 1; !isOver; number++) {
  // The process's own number tells the messages of one life of this client from those of the next.
  const sending = send(random.pick(others), `${Deno.pid}.${number}`);
  underWay.add(sending);
  sending.finally(() => underWay.delete(sending));
  if (underWay.size >= WINDOW) await Promise.race(underWay);
  await new Promise((resolve) => setTimeout(resolve, random.next() * PAUSE_MS));
}
await orders;
await Promise.all(underWay);
write({ what: "done" }); // from now on it listens, until it is ended
