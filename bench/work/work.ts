/** What a workload is, and what it finds. */

import type { Entrant, Results } from "../rounds.ts";
import type { Scale } from "../scale.ts";

export interface Work {
  /** What `--work` calls it. */
  name: string;
  /** Measures those contenders, one variant after the other. */
  measure(entrants: Entrant[], scale: Scale): AsyncGenerator<Finding>;
}

/** Figures by name. Those that the system does not tell are undefined. */
export type Sample = Record<string, number | undefined>;

export interface Finding {
  work: string;
  /** Which of the workload's variants: `1 to 100, 200 B`. */
  variant: string;
  /** What is compared, first the one that matters most. */
  figures: Figure[];
  results: Results<Sample>;
}

export interface Figure {
  /** Its name in the samples. */
  name: string;
  what: string;
  unit: Unit;
  better: "more" | "less";
}

export type Unit = "/s" | "ms" | "µs" | "s" | "KiB" | "%";
