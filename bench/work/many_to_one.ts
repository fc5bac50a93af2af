import { flowSeconds, ids, measureFlows } from "./flows.ts";
import type { Work } from "./work.ts";

/** A hundred senders, one receiver: thermometers and what draws their curves. */
export const MANY_TO_ONE: Work = {
  name: "many-to-one",
  seconds: (entrants, scale) => entrants * flowSeconds(scale, true),
  async *measure(entrants, scale) {
    const routes = [{ senders: ids("thermometer", 100), to: "drawer", receivers: ["drawer"], bytes: 200 }];
    const workload = { work: "many-to-one", variant: "100 to 1, 200 B", routes, isSide: true };
    yield await measureFlows(workload, entrants, scale);
  },
};
