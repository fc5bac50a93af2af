import type { Route } from "../load/flow.ts";
import type { Scale } from "../scale.ts";
import { flowSeconds, ids, measureFlows } from "./flows.ts";
import type { Work } from "./work.ts";

const COUNTS = [1, 8, 64];

/** Pairs of clients; in each, both send to the other. */
export const PAIRS: Work = {
  name: "pairs",
  seconds: (entrants, scale) =>
    entrants * counts(scale).reduce((sum, count) => sum + flowSeconds(scale, count !== 8), 0),
  async *measure(entrants, scale) {
    for (const count of counts(scale)) {
      const workload = { work: "pairs", variant: `${count}, 200 B`, routes: pairs(count), isSide: count !== 8 };
      yield await measureFlows(workload, entrants, scale);
    }
  },
};

function counts({ isQuick }: Scale): number[] {
  return isQuick ? [8] : COUNTS;
}

export function pairs(count: number): Route[] {
  const [left, right] = [ids("left", count), ids("right", count)];
  return left.flatMap((a, i) => [
    { senders: [a], to: right[i]!, receivers: [right[i]!], bytes: 200 },
    { senders: [right[i]!], to: a, receivers: [a], bytes: 200 },
  ]);
}
