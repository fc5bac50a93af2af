/** What a workload is, and what it finds. */

import type { Entrant, Results } from "../rounds.ts";
import type { Scale } from "../scale.ts";

export interface Work {
  /** What `--work` calls it. */
  name: string;
  /** Whom it measures, where it is not all. */
  only?: string[];
  /** About how long it takes with so many of them. */
  seconds(entrants: number, scale: Scale): number;
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
  /** Whose ratios to all others are shown, where it is not our hub's. */
  compared?: string[];
  /** What is to be said of a contender's figures. */
  remarks?: Record<string, string>;
}

export interface Figure {
  /** Its name in the samples. */
  name: string;
  what: string;
  unit: Unit;
  better: "more" | "less";
}

export type Unit = "/s" | "MiB/s" | "ms" | "µs" | "s" | "KiB" | "%";
