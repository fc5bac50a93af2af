import { assertEquals, assertStringIncludes } from "@std/assert";
import { type MessageSender, UnfinishedMessages } from "../../lib/gateway/unfinished_messages.ts";
import { captureLog } from "../support/captured_log.ts";
import { clientFrame } from "../support/client_frame.ts";
import { frame } from "../support/frame.ts";
import { until } from "../support/inbox.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";

const KIB = 1024;

/** Senders that keep what they are told, and a bound of 1,000 KiB. */
function testSenders(patienceMs?: number) {
  const unfinished = new UnfinishedMessages(1_000 * KIB, patienceMs);
  const told: string[] = [];
  return {
    told,
    unfinished,
    sender: (name: string, address?: string): MessageSender => ({
      address,
      pause: () => void told.push(`${name} waits`),
      resume: () => void told.push(`${name} goes on`),
      giveUp: () => void told.push(`${name} is ended`),
    }),
    [Symbol.dispose]: () => unfinished[Symbol.dispose](),
  };
}

Deno.test("beyond the bound messages are read one after the other, in the order in which they began", () => {
  using test = testSenders();
  const { told, unfinished } = test;
  const [ann, bob, cid] = [test.sender("ann"), test.sender("bob"), test.sender("cid")];
  unfinished.hold(ann, 400 * KIB);
  unfinished.hold(bob, 400 * KIB);
  assertEquals(told, []);
  unfinished.hold(cid, 400 * KIB);
  unfinished.hold(cid, 464 * KIB); // of one more read, which was under way
  unfinished.hold(bob, 600 * KIB);
  unfinished.hold(ann, 1_500 * KIB);
  assertEquals(told.splice(0), ["cid waits", "bob waits"]);
  unfinished.hold(ann, 0);
  assertEquals(told.splice(0), ["bob goes on"]);
  unfinished.hold(bob, 0);
  assertEquals(told.splice(0), ["cid goes on"]);
});

Deno.test("small messages never wait, however much is unfinished", () => {
  using test = testSenders();
  const { told, unfinished } = test;
  unfinished.hold(test.sender("ann"), 5_000 * KIB);
  unfinished.hold(test.sender("bob"), 64 * KIB);
  assertEquals(told, []);
});

Deno.test("who leaves messages unfinished is ended, address by address, until there is room for the others", async () => {
  using test = testSenders(1);
  const { told, unfinished } = test;
  const ann = test.sender("ann", "192.0.2.1");
  unfinished.hold(ann, 300 * KIB);
  for (const name of ["one", "two", "three", "four"]) unfinished.hold(test.sender(name, "192.0.2.2"), 200 * KIB);
  await until(() => told.includes("four goes on"), "there is room");
  assertEquals(told.filter((line) => line.endsWith("ended")), ["one is ended", "two is ended", "three is ended"]);
});

/** A client that is logged in and sends a message of so many bytes, of which the end is missing. */
async function halfSent(port: number, id: string, bytes: number): Promise<TcpClient> {
  const client = await TcpClient.connect(port);
  await client.handshake();
  await client.sendText(frame({ from_client_id: id, msg_type: "login" }));
  await client.read();
  await client.write(clientFrame(0x81, "x".repeat(bytes)).subarray(0, bytes));
  return client;
}

Deno.test("clients that leave messages unfinished cannot keep others from sending theirs", async () => {
  await using log = await captureLog();
  await using hub = await startHub({ storeFolder: false, maxTotalBufferedBytes: 500 * KIB });
  const stallers = await Promise.all(["one", "two", "three"].map((id) => halfSent(hub.port, id, 200 * KIB)));
  await using ann = await RawClient.login(hub.port, "ann");
  await using bob = await RawClient.login(hub.port, "bob");
  const content = "x".repeat(300 * KIB);
  ann.sendFrame({ to_client_id: "bob", content });
  assertStringIncludes(await log.next("others wait until there is room"), "warning");
  assertEquals((await bob.next("text")).content, content);
  assertEquals((await stallers[0]!.readToEnd()).slice(2, 4), [4002 >> 8, 4002 & 0xff]);
  for (const staller of stallers) staller[Symbol.dispose]();
});

Deno.test("where many send large messages at once, all arrive, one after the other", async () => {
  await using hub = await startHub({ storeFolder: false, maxTotalBufferedBytes: 300 * KIB });
  const heard = hub.server.messages({ msgType: "text" });
  const senders = await Promise.all(
    Array.from({ length: 10 }, (_, index) => RawClient.login(hub.port, `sender ${index}`)),
  );
  for (const sender of senders) sender.sendFrame({ to_client_id: "server", content: "x".repeat(900 * KIB) });
  const from = new Set<string>();
  while (from.size < senders.length) from.add((await heard.next()).value.fromClientId);
  await Promise.all(senders.map((sender) => sender.close()));
});
