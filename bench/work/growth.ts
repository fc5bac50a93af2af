import { HubProcess } from "../hub_process.ts";
import { Arrivals } from "../load/arrivals.ts";
import { Clients } from "../load/clients.ts";
import { pace } from "../load/pace.ts";
import { usage } from "../load/usage.ts";
import { type Entrant, takeTurnsStaying } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import { hubs, ids } from "./flows.ts";
import type { Figure, Sample, Work } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "cost", what: "hub's processor time a message", unit: "µs", better: "less" },
];
const COUNTS = [10, 100, 1_000];
/** Messages a second, whatever the number of clients. */
const RATE = 5_000;

/** The system counts processor time in hundredths of a second. */
const LONGER = 2;

/** The same traffic, from anyone to anyone, among ever more clients: what a message costs should not change. */
export const GROWTH: Work = {
  name: "growth",
  seconds: (entrants, scale) =>
    counts(scale).length * (entrants - 1) *
    (1 + (scale.sideRounds * (scale.firstWarmUpMs / 2 + scale.measureMs * LONGER)) / 1_000),
  async *measure(entrants, scale) {
    for (const count of counts(scale)) {
      const variant = growthVariant(count);
      console.error(`growth, ${variant}`);
      const open = (entrant: Entrant) => Crowd.open(entrant, count);
      const results = await takeTurnsStaying(hubs(entrants), scale.sideRounds, open, (crowd) => crowd.round(scale));
      yield { work: "growth", variant, figures: FIGURES, results };
    }
  },
};

function counts({ isQuick }: Scale): number[] {
  return isQuick ? [COUNTS[0]!, COUNTS.at(-1)!] : COUNTS;
}

export function growthVariant(clients: number): string {
  return `among ${clients.toLocaleString("en")}`;
}

/** How many they are in such a variant. */
export function clientsIn(variant: string): number {
  return Number(variant.replace("among ", "").replace(",", ""));
}

class Crowd implements AsyncDisposable {
  readonly #hub: HubProcess;
  readonly #clients: Clients;
  readonly #arrivals: Arrivals;
  readonly #send: (() => void)[];
  #turn = 0;

  private constructor(hub: HubProcess, clients: Clients) {
    this.#hub = hub;
    this.#clients = clients;
    const sockets = [...clients.sockets.values()];
    this.#arrivals = new Arrivals(sockets);
    // To one far away: neighbours would share what little the processor remembers.
    this.#send = sockets.map((sender, i) => {
      const to = sockets[(i * 7 + 3) % sockets.length]!.clientId;
      const burst = sender.burst(to, 200, 1);
      return () => {
        this.#arrivals.expect(to);
        sender.write(burst.take(1).slice()).catch(clients.fail);
      };
    });
  }

  static async open({ contender: { framing }, launch }: Entrant, count: number): Promise<Crowd> {
    const hub = await HubProcess.start(launch);
    try {
      return new Crowd(hub, await Clients.allIn(hub.port, ids("member", count), { framing }));
    } catch (error) {
      await hub.stop();
      throw error;
    }
  }

  async round({ firstWarmUpMs, measureMs }: Scale): Promise<Sample> {
    await this.#exchange(firstWarmUpMs / 2);
    this.#arrivals.clear();
    const before = await usage(this.#hub.pid);
    await this.#exchange(measureMs * LONGER);
    const after = await usage(this.#hub.pid);
    const messages = this.#arrivals.times.length;
    return { cost: after.cpuSeconds && ((after.cpuSeconds - before.cpuSeconds!) / messages) * 1e6 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clients.close();
    await this.#hub.stop();
  }

  async #exchange(ms: number): Promise<void> {
    const sending = pace(RATE, ms, (count) => {
      for (let i = 0; i < count; i++) this.#send[this.#turn++ % this.#send.length]!();
    });
    await Promise.race([sending.then(() => this.#arrivals.complete()), this.#clients.failed]);
  }
}
