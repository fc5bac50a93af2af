/** All of the work, one part after the other. */

import type { Entrant } from "./rounds.ts";
import type { Scale } from "./scale.ts";
import type { Finding, Work } from "./work/work.ts";

/** Hands on what is found as soon as it is. A part that fails is no reason to lose the others: returns why which did. */
export async function measureAll(
  works: Work[],
  entrants: Entrant[],
  scale: Scale,
  onFinding: (finding: Finding) => Promise<void>,
): Promise<Record<string, string>> {
  const failed: Record<string, string> = {};
  for (const work of works) {
    const start = performance.now();
    try {
      for await (const finding of work.measure(taking(work, entrants), scale)) await onFinding(finding);
    } catch (error) {
      failed[work.name] = error instanceof Error ? error.message : String(error);
      console.error(`${work.name} failed: ${failed[work.name]}`);
    }
    console.error(`${work.name} took ${Math.round((performance.now() - start) / 1_000)} s`);
  }
  return failed;
}

/** Those parts that somebody is there for. */
export function possible(works: Work[], entrants: Entrant[]): Work[] {
  return works.filter((work) => taking(work, entrants).length > 0);
}

/** About how long it takes. */
export function secondsFor(works: Work[], entrants: Entrant[], scale: Scale): number {
  return works.reduce((sum, work) => sum + work.seconds(taking(work, entrants).length, scale), 0);
}

export function takes({ only }: Work, name: string): boolean {
  return only?.includes(name) ?? true;
}

function taking(work: Work, entrants: Entrant[]): Entrant[] {
  return entrants.filter(({ contender }) => takes(work, contender.name));
}
