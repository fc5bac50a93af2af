/** Lets the contenders take turns: A B C, A B C … spreads the machine's noise over all of them. */

import type { Contender } from "./contenders.ts";
import { HubProcess, type Launch } from "./hub_process.ts";
import { type CrowdOptions, type CrowdSample, fill } from "./load/crowd.ts";
import { type FlowSample, Load, type Route } from "./load/load.ts";

export interface Entrant {
  contender: Contender;
  version: string;
  launch: Launch;
}

/** A contender's samples, one a round; when it failed, those before that, and why. */
export interface Series<Sample> {
  samples: Sample[];
  failed?: string;
}

export type Results<Sample> = Record<string, Series<Sample>>;

export interface FlowTiming {
  rounds: number;
  /** Before the first round, for compilers to settle. */
  firstWarmUpMs: number;
  warmUpMs: number;
  measureMs: number;
}

export interface CrowdTiming extends CrowdOptions {
  rounds: number;
}

/** Every hub and its clients stay up over all rounds: connecting and leaving are no part of what is measured. */
export async function measureFlows(
  entrants: Entrant[],
  routes: Route[],
  timing: FlowTiming,
): Promise<Results<FlowSample>> {
  const stays = new Map<string, { hub: HubProcess; load: Load }>();
  try {
    return await takeTurns(entrants, timing.rounds, async ({ contender, launch }) => {
      let stay = stays.get(contender.name);
      if (!stay) {
        const hub = await HubProcess.start(launch);
        try {
          const load = await Load.connect(hub, routes, { heartbeats: !contender.countsEveryFrame });
          stays.set(contender.name, stay = { hub, load });
        } catch (error) {
          await hub.stop();
          throw error;
        }
        await stay.load.round({ warmUpMs: 0, measureMs: timing.firstWarmUpMs });
      }
      return await stay.load.round(timing);
    });
  } finally {
    for (const { hub, load } of stays.values()) {
      load.close();
      await hub.stop();
    }
  }
}

/** A new hub each round: what a hub remembers of the last crowd would slow it down or save it work. */
export async function measureCrowds(entrants: Entrant[], timing: CrowdTiming): Promise<Results<CrowdSample>> {
  return await takeTurns(entrants, timing.rounds, async ({ launch }) => {
    await using hub = await HubProcess.start(launch);
    return await fill(hub, timing);
  });
}

/** One that fails is out of the workload; the others go on. */
export async function takeTurns<One extends { contender: { name: string } }, Sample>(
  entrants: One[],
  rounds: number,
  turn: (entrant: One) => Promise<Sample>,
): Promise<Results<Sample>> {
  const results: Results<Sample> = Object.fromEntries(
    entrants.map(({ contender }) => [contender.name, { samples: [] }]),
  );
  for (let round = 1; round <= rounds; round++) {
    console.error(`  round ${round} of ${rounds}`);
    for (const entrant of entrants) {
      const series = results[entrant.contender.name]!;
      if (series.failed !== undefined) continue;
      try {
        series.samples.push(await turn(entrant));
      } catch (error) {
        series.failed = error instanceof Error ? error.message : String(error);
        console.error(`  ${entrant.contender.name} failed: ${series.failed}`);
      }
    }
  }
  return results;
}
