import { BARE, OURS, OURS_V2 } from "../contenders.ts";
import { HubProcess } from "../hub_process.ts";
import { Arrivals, quantile } from "../load/arrivals.ts";
import { Clients } from "../load/clients.ts";
import { Load } from "../load/load.ts";
import { pace } from "../load/pace.ts";
import { share, usages } from "../load/usage.ts";
import { type Entrant, takeTurnsStaying } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import { summary } from "../statistics.ts";
import { hubs } from "./flows.ts";
import { pairs } from "./pairs.ts";
import type { Figure, Finding, Sample, Work } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "p99", what: "99 % arrive within", unit: "ms", better: "less" },
  { name: "p50", what: "half arrive within", unit: "ms", better: "less" },
  { name: "p999", what: "99.9 % arrive within", unit: "ms", better: "less" },
  { name: "rate", what: "messages a second", unit: "/s", better: "more" },
];
const ROUTES = pairs(8);
/** Messages a second that every hub here can pass on. */
const SAME_RATE = 5_000;
export const [OWN_HALF, BARE_HALF] = ["half of its capacity", "half of the bare loop's capacity"] as const;
/** Whose own halves are several times that. */
const COMPARED = [BARE, OURS, OURS_V2];
/** What disturbs the machine for 3 ms is 1 % of a window: it spoils some of them, and the median is of one that it did not. */
const [WINDOWS, WINDOW_MS] = [7, 300] as const;

/** How long a text takes between two of 8 pairs: at half of what each hub can do, and at rates that are the same for all. */
export const LATENCY: Work = {
  name: "latency",
  seconds: (entrants, scale) =>
    (2 * (entrants - 1) + COMPARED.length) * (2 + scale.rounds * (scale.warmUpMs + WINDOWS * WINDOW_MS) / 1_000),
  async *measure(entrants, scale) {
    const measure = async (variant: string, entrants: Entrant[], rate?: number): Promise<Finding> => {
      console.error(`latency, ${variant}`);
      const open = (entrant: Entrant) => TimedPairs.open(entrant, rate, scale);
      const results = await takeTurnsStaying(hubs(entrants), scale.rounds, open, (stay) => stay.round(scale));
      return { work: "latency", variant, figures: FIGURES, results };
    };
    const halves = await measure(OWN_HALF, entrants);
    yield halves;
    const bareRate = halves.results[BARE]?.samples[0]?.rate;
    const compared = entrants.filter(({ contender }) => COMPARED.includes(contender.name));
    if (bareRate !== undefined) yield await measure(BARE_HALF, compared, bareRate);
    yield await measure(`${SAME_RATE.toLocaleString("en")} a second`, entrants, SAME_RATE);
  },
};

class TimedPairs implements AsyncDisposable {
  readonly #hub: HubProcess;
  readonly #clients: Clients;
  readonly #rate: number;
  readonly #arrivals: Arrivals;
  readonly #send: ((count: number) => void)[];

  private constructor(hub: HubProcess, clients: Clients, rate: number) {
    this.#hub = hub;
    this.#clients = clients;
    this.#rate = rate;
    const { sockets } = clients;
    this.#arrivals = new Arrivals(sockets.values());
    this.#send = ROUTES.map(({ senders: [from], to, bytes }) => {
      const sender = sockets.get(from!)!;
      const burst = sender.burst(to, bytes, 64);
      return (count) => {
        for (let left = count; left > 0; left -= 64) {
          const some = Math.min(left, 64);
          for (let i = 0; i < some; i++) this.#arrivals.expect(to);
          sender.write(burst.take(some).slice()).catch(clients.fail);
        }
      };
    });
  }

  /** Without a rate, half of what the hub then shows that it can do. */
  static async open({ contender, launch }: Entrant, rate: number | undefined, scale: Scale): Promise<TimedPairs> {
    const hub = await HubProcess.start(launch);
    let clients: Clients | undefined;
    try {
      rate ??= await capacity(hub, contender.framing, scale) / 2;
      const ids = ROUTES.flatMap(({ senders }) => senders);
      clients = await Clients.allIn(hub.port, ids, { framing: contender.framing });
      const timed = new TimedPairs(hub, clients, rate);
      await timed.round(scale); // compilers settle
      return timed;
    } catch (error) {
      clients?.close();
      await hub.stop();
      throw error;
    }
  }

  /** The medians of what its windows show. */
  async round({ warmUpMs }: Scale): Promise<Sample> {
    await this.#exchange(warmUpMs);
    const before = await usages(this.#hub);
    const start = performance.now();
    const windows: Float64Array[] = [];
    for (let window = 0; window < WINDOWS; window++) {
      this.#arrivals.clear();
      await this.#exchange(WINDOW_MS);
      windows.push(Float64Array.from(this.#arrivals.times).sort());
    }
    const seconds = (performance.now() - start) / 1_000;
    const after = await usages(this.#hub);
    const median = (share: number) => summary(windows.map((times) => quantile(times, share))).median;
    return {
      p50: median(0.5),
      p99: median(0.99),
      p999: median(0.999),
      rate: this.#rate,
      hubCpu: share(before.hub, after.hub, seconds),
      loadCpu: share(before.load, after.load, seconds),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clients.close();
    await this.#hub.stop();
  }

  async #exchange(ms: number): Promise<void> {
    let turn = 0;
    const sending = pace(this.#rate, ms, (count) => {
      const each = Math.floor(count / this.#send.length);
      let more = count % this.#send.length;
      for (let i = 0; i < this.#send.length; i++) this.#send[turn++ % this.#send.length]!(each + (more-- > 0 ? 1 : 0));
      turn += count;
    });
    await Promise.race([sending.then(() => this.#arrivals.complete()), this.#clients.failed]);
  }
}

async function capacity(hub: HubProcess, framing: Entrant["contender"]["framing"], scale: Scale): Promise<number> {
  const load = await Load.connect(hub, ROUTES, framing);
  try {
    return (await load.round({ warmUpMs: scale.firstWarmUpMs, measureMs: scale.measureMs })).rate;
  } finally {
    load.close();
  }
}
