import { assertEquals } from "@std/assert";
import { Holdings } from "../../lib/hub/holdings.ts";
import { Outgoing } from "../../lib/hub/outgoing.ts";
import { Parcel } from "../../lib/hub/parcel.ts";
import { Item } from "../../lib/protocol/item.ts";

function withThree(): Outgoing {
  const outgoing = new Outgoing(new Holdings(Infinity, () => {}));
  for (const text of ["a", "b", "c"]) outgoing.push(new Parcel(new Item(text)));
  outgoing.take(Infinity);
  return outgoing;
}

Deno.test("who is told that a parcel has got there finds it counted", () => {
  const outgoing = withThree();
  const counts: number[][] = [];
  outgoing.settle(2, () => counts.push([outgoing.settled, outgoing.taken]));
  assertEquals(counts, [[1, 3], [2, 3]]);
});

Deno.test("who is told that a parcel has got there may end it all", () => {
  const outgoing = withThree();
  outgoing.settle(3, () => outgoing.clear());
  assertEquals([outgoing.settled, outgoing.taken, outgoing.length], [1, 1, 0]);
});
