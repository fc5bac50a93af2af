import { assertEquals } from "@std/assert";
import { Roster } from "../../lib/hub/roster.ts";
import type { Session } from "../../lib/hub/session.ts";

/** A roster of so many clients. */
function testRoster(maxKnown: number) {
  const roster = new Roster(() => {}, maxKnown);
  const enter = (id: string, address?: string) => {
    const session = { client: roster.client(id, address), online: true } as Session;
    roster.enter(session);
    return session;
  };
  return {
    enter,
    passBy: (id: string, address?: string) => void roster.leave(enter(id, address)),
    known: () => [...roster.known()].map(({ id }) => id),
  };
}

Deno.test("who logs in under ever new ids makes the hub forget those that have been away the longest, and no one else", () => {
  const { enter, passBy, known } = testRoster(3);
  enter("here");
  for (const id of ["away for long", "away", "away for long"]) passBy(id);
  assertEquals(known(), ["here", "away", "away for long"]);
  passBy("new");
  assertEquals(known(), ["away for long", "here", "new"]);
  for (const id of ["a", "b", "c"]) enter(id);
  assertEquals(known().toSorted(), ["a", "b", "c", "here"]);
});

Deno.test("an address from which ever new ids log in makes the hub forget those, and a quarter of the others at most", () => {
  const { enter, passBy, known } = testRoster(8);
  for (let n = 0; n < 8; n++) passBy(`old ${n}`, n < 4 ? undefined : "192.0.2.1");
  enter("here", "192.0.2.2");
  for (let n = 0; n < 100; n++) passBy(`flood ${n}`, "192.0.2.2");
  assertEquals(known().toSorted(), ["flood 99", "here", "old 2", "old 3", "old 4", "old 5", "old 6", "old 7"]);
  for (let n = 0; n < 100; n++) passBy(`more ${n}`);
  assertEquals(known().length, 8);
  assertEquals(known().includes("here"), true);
});
