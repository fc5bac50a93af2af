import { assertEquals } from "@std/assert";
import { bareHub } from "../support/fake_transport.ts";
import { frame } from "../support/frame.ts";
import { loginLines } from "../support/lines_peer.ts";

Deno.test("what became of messages is not held for one who has logged out: the hub does not take others for too slow", async () => {
  await using test = await bareHub({ totalBufferLimit: 150_000, mailbox: { maxMessages: 0 } });
  const bob = test.login("bob");
  test.login("away").connection.closed();
  for (let round = 1; round <= 20; round++) {
    const ann = loginLines(test, "ann");
    const parts = { from_client_id: "ann", to_client_id: "away" };
    ann.sendItems(1, ...Array(200).fill(parts), { msg_type: "logout", content: {} });
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
    ann.connection.closed();
  }
  bob.transport.reads = false;
  test.login("carl").sendRaw(frame({ from_client_id: "carl", to_client_id: "bob", content: "hello" }));
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([bob.transport.closed, test.hub.holdings.isExcessive], [undefined, false]);
  bob.transport.reads = true;
  assertEquals(bob.transport.messages.map(({ content }) => content), ["hello"]);
});
