import type { Scale } from "../scale.ts";
import { flowSeconds, ids, measureFlows } from "./flows.ts";
import type { Work } from "./work.ts";

/** A text of what is called 1 MiB leaves room for the rest of its envelope: version 1 has room for 1 MiB a frame. */
export const SIZES: Record<string, number> = { "200 B": 200, "16 KiB": 16 * 1024, "1 MiB": 1023 * 1024 };
/** What the slowest take longer than the others where texts are large. */
const SLOWEST_SECONDS = 50;
const RECEIVERS = [10, 100, 1_000];

/** One sender, many receivers, everything addressed to `all`. */
export const FAN_OUT: Work = {
  name: "fan-out",
  seconds: (entrants, scale) =>
    receivers(scale).reduce((sum, count) => {
      const all = entrants * flowSeconds(scale, count !== 100);
      return sum + Object.keys(SIZES).length * all + (Object.keys(SIZES).length - 1) * SLOWEST_SECONDS;
    }, 0),
  async *measure(entrants, scale) {
    for (const [size, bytes] of Object.entries(SIZES)) {
      for (const count of receivers(scale)) {
        const routes = [{ senders: ["caller"], to: "all", receivers: ids("receiver", count), bytes }];
        const variant = `1 to ${count}, ${size}`;
        yield await measureFlows({ work: "fan-out", variant, routes, isSide: count !== 100 }, entrants, scale);
      }
    }
  },
};

/** How many they are in such a variant. */
export function receiversIn(variant: string): number {
  return Number(/^1 to (\d+)/.exec(variant)![1]);
}

function receivers({ isQuick }: Scale): number[] {
  return isQuick ? [100] : RECEIVERS;
}
