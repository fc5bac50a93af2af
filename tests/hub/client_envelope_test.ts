import { assertEquals, assertStringIncludes } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { bareHub } from "../support/fake_transport.ts";
import { frameWithContent } from "../support/frame.ts";
import { loginLines } from "../support/lines_peer.ts";

/** Content that takes many times its own size in memory once it is read. */
const BOMB = `[${"{},".repeat(50_000)}0]`;

Deno.test("what is asked of the hub at great length is refused unread, and its sender may go on", async () => {
  await using log = await captureLog();
  await using test = await bareHub();
  const ann = test.login("ann");
  const answers = () => ann.transport.sent.filter(({ msg_type }) => msg_type.endsWith("_response")).length;
  for (const msg_type of ["list_clients", "login"]) {
    for (const content of [BOMB, JSON.stringify(BOMB)]) {
      ann.sendRaw(frameWithContent(content, { from_client_id: "ann", msg_type }));
    }
  }
  assertEquals(answers(), 1);
  assertStringIncludes(await log.next("warning: ann: "), "a list_clients has no more than 65536 characters");
  ann.send({ msg_type: "list_clients", content: {} });
  assertEquals(answers(), 2);
});

Deno.test("the same in version 2, where its sender is told; a header of great length ends the connection", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), loginLines(test, "bob")];
  ann.sendRaw(`{"seq":1}\n${frameWithContent(BOMB, { from_client_id: "ann", msg_type: "list_clients" })}`);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(ann.receipts().failed?.length, 1);
  ann.sendRaw(`{"more":${BOMB}}`);
  assertEquals([ann, bob].map(({ transport }) => transport.closed?.code), [4102, undefined]);
});

Deno.test("a message whose id is endless is refused, and others of its sender arrive", async () => {
  await using test = await bareHub();
  const [ann, bob] = [loginLines(test, "ann"), test.login("bob")];
  const [longest, longer] = ["x".repeat(1024), "x".repeat(1025)];
  ann.sendItems(1, { msg_id: longer, to_client_id: "bob" }, { msg_id: longest, to_client_id: "bob" });
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(bob.transport.messages.map(({ msg_id }) => msg_id), [longest]);
  const [[number, code]] = ann.receipts().failed as [[number, string]];
  assertEquals([number, code], [1, "invalid_frame"]);
});
