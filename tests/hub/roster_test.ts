import { assertEquals } from "@std/assert";
import { Roster } from "../../lib/hub/roster.ts";
import type { Session } from "../../lib/hub/session.ts";

Deno.test("who logs in under ever new ids makes the hub forget those that have been away the longest, and no one else", () => {
  const roster = new Roster(() => {}, 3);
  const enter = (id: string) => {
    const session = { client: roster.client(id), online: true } as Session;
    roster.enter(session);
    return session;
  };
  const known = () => [...roster.known()].map(({ id }) => id);
  enter("here");
  roster.leave(enter("away for long"));
  roster.leave(enter("away"));
  roster.leave(enter("away for long"));
  assertEquals(known(), ["here", "away", "away for long"]);
  roster.leave(enter("new"));
  assertEquals(known(), ["here", "away for long", "new"]);
  for (const id of ["a", "b", "c"]) enter(id);
  assertEquals(known(), ["here", "a", "b", "c"]);
});
