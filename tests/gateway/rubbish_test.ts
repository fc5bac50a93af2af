import { assert } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { startHub } from "../support/start_hub.ts";

Deno.test("who sends rubbish is read more slowly long before one who sends as many messages", async () => {
  await using hub = await startHub({ storeFolder: false, maxMessagesPerSecond: 1_000_000 });
  await using ann = await RawClient.login(hub.port, "ann");
  let begun = performance.now();
  for (let sent = 0; sent < 40_000; sent++) ann.sendFrame({ to_client_id: "server" });
  await ann.clients();
  const messages = performance.now() - begun;

  begun = performance.now();
  for (let sent = 0; sent < 40_000; sent++) ann.send("rubbish");
  await ann.clients();
  const rubbish = performance.now() - begun;
  assert(rubbish > 1_000, `${rubbish} ms, and ${messages} ms for messages`);
});
