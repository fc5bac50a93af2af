/**
 * Lets the contenders take turns: A B C, C B A … spreads the machine's noise over all of them, and what each leaves behind
 * for the next.
 */

import type { Contender, Ready } from "./contenders.ts";

export interface Entrant extends Ready {
  contender: Contender;
}

/** A contender's samples, one a round; when it failed, those before that, and why. */
export interface Series<Sample> {
  samples: Sample[];
  failed?: string;
}

export type Results<Sample> = Record<string, Series<Sample>>;

/** One that fails is out of the workload, and so is one that takes longer than `limitMs`; the others go on. */
export async function takeTurns<One extends { contender: { name: string } }, Sample>(
  entrants: One[],
  rounds: number,
  turn: (entrant: One) => Promise<Sample>,
  limitMs = Infinity,
): Promise<Results<Sample>> {
  const slow = new Set<string>();
  const results: Results<Sample> = Object.fromEntries(
    entrants.map(({ contender }) => [contender.name, { samples: [] }]),
  );
  for (let round = 1; round <= rounds; round++) {
    console.error(`  round ${round} of ${rounds}`);
    for (const entrant of round % 2 === 1 ? entrants : entrants.toReversed()) {
      const series = results[entrant.contender.name]!;
      if (series.failed !== undefined || slow.has(entrant.contender.name)) continue;
      const start = performance.now();
      try {
        series.samples.push(await turn(entrant));
        if (performance.now() - start > limitMs) slow.add(entrant.contender.name);
      } catch (error) {
        series.failed = error instanceof Error ? error.message : String(error);
        console.error(`  ${entrant.contender.name} failed: ${series.failed}`);
      }
    }
  }
  return results;
}

/** Takes turns with something that stays up over all rounds: connecting and leaving are no part of what is measured. */
export async function takeTurnsStaying<Stay extends AsyncDisposable, Sample>(
  entrants: Entrant[],
  rounds: number,
  open: (entrant: Entrant) => Promise<Stay>,
  turn: (stay: Stay) => Promise<Sample>,
  limitMs?: number,
): Promise<Results<Sample>> {
  const stays = new Map<string, Stay>();
  const close = async (name: string) => {
    const stay = stays.get(name);
    stays.delete(name);
    await stay?.[Symbol.asyncDispose]();
  };
  try {
    return await takeTurns(entrants, rounds, async (entrant) => {
      const { name } = entrant.contender;
      try {
        if (!stays.has(name)) stays.set(name, await open(entrant));
        return await turn(stays.get(name)!);
      } catch (error) {
        await close(name); // what has failed may go on using the machine
        throw error;
      }
    }, limitMs);
  } finally {
    for (const name of [...stays.keys()]) await close(name);
  }
}

/** The same contenders with what `map` makes of each of their samples. */
export function mapSamples<From, To>(results: Results<From>, map: (sample: From) => To[]): Results<To> {
  return Object.fromEntries(
    Object.entries(results).map(([name, series]) => [name, { ...series, samples: series.samples.flatMap(map) }]),
  );
}
