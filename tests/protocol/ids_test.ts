import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { makeClientId, makeMessageId } from "../../lib/protocol/ids.ts";

Deno.test("a message id is {client id}_{unix ms}_{8 hex}", () => {
  const before = Date.now();
  const [, ms] = /^some_client_(\d{13})_[0-9a-f]{8}$/.exec(makeMessageId("some_client")) ?? [];
  assertEquals(Number(ms) >= before && Number(ms) <= Date.now(), true, ms);
});

Deno.test("a hundred thousand message ids are all different", () => {
  const ids = new Set(Array.from({ length: 100_000 }, () => makeMessageId("a").slice(-8)));
  // Of 2^32 some may meet by chance: about one pair among so many. A generator that repeats itself shows at once.
  assertEquals(ids.size > 99_900, true, `${ids.size} are different`);
});

Deno.test("a client id is {mac}_{8 hex} with the address as twelve digits", () => {
  assertMatch(makeClientId("02:42:AC:11:00:02"), /^0242ac110002_[0-9a-f]{8}$/);
  assertMatch(makeClientId("02-42-ac-11-00-02"), /^0242ac110002_[0-9a-f]{8}$/);
  assertNotEquals(makeClientId("02:42:ac:11:00:02"), makeClientId("02:42:ac:11:00:02"));
});

Deno.test("without an address a random one stands in that is no card's own", () => {
  for (let i = 0; i < 100; i++) {
    const id = makeClientId();
    assertMatch(id, /^[0-9a-f]{12}_[0-9a-f]{8}$/);
    assertEquals(parseInt(id.slice(0, 2), 16) & 1, 1, "the multicast bit is set");
  }
  assertNotEquals(makeClientId().slice(0, 12), makeClientId().slice(0, 12));
});
