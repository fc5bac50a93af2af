import type { Route } from "./load.ts";

/** One sender, a hundred receivers, everything addressed to `all`. */
export const FAN_OUT: Route[] = [{
  from: "sender",
  to: "all",
  receivers: Array.from({ length: 100 }, (_, i) => `receiver-${i}`),
}];
