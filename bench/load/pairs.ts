import type { Route } from "./load.ts";

/** Eight pairs of clients; in each, both send to the other. */
export const PAIRS: Route[] = Array.from({ length: 8 }, (_, i) => [`pair-${i}-a`, `pair-${i}-b`] as const)
  .flatMap(([a, b]) => [{ from: a, to: b, receivers: [b] }, { from: b, to: a, receivers: [a] }]);
