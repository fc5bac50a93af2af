/** What the workloads have in common in which a hub passes on as much as it can. */

import { CEILING } from "../contenders.ts";
import { HubProcess } from "../hub_process.ts";
import type { Route } from "../load/flow.ts";
import { type FlowSample, Load } from "../load/load.ts";
import { type Entrant, takeTurnsStaying } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import type { Figure, Finding, Sample } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "rate", what: "deliveries a second", unit: "/s", better: "more" },
  { name: "hubCost", what: "hub's processor time a delivery", unit: "µs", better: "less" },
];

/** Some hubs take a hundred times as long as others to have sent what they were given; those need not do it often. */
const SLOW_MS = 15_000;

/** A hub and its clients, and what they send each other. */
class Stay implements AsyncDisposable {
  readonly #hub: HubProcess;
  readonly load: Load;

  private constructor(hub: HubProcess, load: Load) {
    this.#hub = hub;
    this.load = load;
  }

  /** Compilers have settled when it resolves. */
  static async open({ contender, launch }: Entrant, routes: Route[], warmUpMs: number): Promise<Stay> {
    const hub = await HubProcess.start(launch);
    let load: Load | undefined;
    try {
      load = await Load.connect(hub, routes, contender.framing);
      await load.round({ warmUpMs: 0, measureMs: warmUpMs });
      return new Stay(hub, load);
    } catch (error) {
      load?.close();
      await hub.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.load.close();
    await this.#hub.stop();
  }
}

export async function measureFlows(
  { work, variant, routes, isSide }: { work: string; variant: string; routes: Route[]; isSide?: boolean },
  entrants: Entrant[],
  scale: Scale,
): Promise<Finding> {
  console.error(`${work}, ${variant}`);
  const open = (entrant: Entrant) => Stay.open(entrant, routes, scale.firstWarmUpMs);
  const turn = async ({ load }: Stay) => withCosts(await load.round(scale));
  const rounds = isSide ? scale.sideRounds : scale.rounds;
  const results = await takeTurnsStaying(entrants, rounds, open, turn, SLOW_MS);
  const fewer = Object.entries(results).filter(([_, { samples, failed }]) => !failed && samples.length < rounds);
  const remarks = Object.fromEntries(
    fewer.map(([name, { samples }]) =>
      [name, `${samples.length} of ${rounds} rounds, for one takes more than ${SLOW_MS / 1_000} s`] as const
    ),
  );
  return { work, variant, figures: FIGURES, results, remarks };
}

/** About how long a contender takes for one variant. */
export function flowSeconds(scale: Scale, isSide = false): number {
  const { firstWarmUpMs, warmUpMs, measureMs, rounds, sideRounds } = scale;
  const aRound = (warmUpMs + measureMs) / 1_000 + 0.1;
  return 0.5 + firstWarmUpMs / 1_000 + (isSide ? sideRounds : rounds) * aRound;
}

function withCosts({ rate, hubCpu, loadCpu }: FlowSample): Sample {
  return { rate, hubCpu, loadCpu, hubCost: hubCpu && (hubCpu / rate) * 1e6 };
}

/** The ids of so many clients, all of one length. */
export function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(5, "0")}`);
}

/** All but who is no hub. */
export function hubs(entrants: Entrant[]): Entrant[] {
  return entrants.filter(({ contender }) => contender.name !== CEILING);
}
