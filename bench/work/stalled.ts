import { setTimeout as sleep } from "node:timers/promises";
import { OURS, OURS_V2 } from "../contenders.ts";
import { HubProcess, type Launch } from "../hub_process.ts";
import { Arrivals, quantile } from "../load/arrivals.ts";
import { Clients } from "../load/clients.ts";
import { pace } from "../load/pace.ts";
import { RawSocket } from "../load/raw_socket.ts";
import { type Entrant, mapSamples, takeTurnsStaying } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import { summary } from "../statistics.ts";
import { ids } from "./flows.ts";
import type { Figure, Sample, Work } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "p99", what: "99 % arrive within", unit: "ms", better: "less" },
  { name: "p50", what: "half arrive within", unit: "ms", better: "less" },
];
export const [NOBODY, ONE] = ["nobody stalled", "one of 100 stalled"] as const;
/** The hundredth stalls, or does not. */
const [OTHERS, HUNDREDTH] = [99, "hundredth"] as const;
/** Messages a second: small ones to all, which are timed, and large ones to the hundredth. */
const [RATE, LARGE_RATE, LARGE_BYTES] = [200, 200, 64 * 1024] as const;
/** So much may wait for one client. With what the system takes, it is full in the middle of a window. */
const BOUND = 2 * 1024 * 1024;
const WINDOW_MS = 700;
/** How many windows of each kind there are in a round: what disturbs the machine spoils some of them. */
const [WINDOWS, QUICK_WINDOWS] = [7, 3] as const;
/** How long the hub may tidy up between windows, and how long it may take to close a connection. */
const [SETTLE_MS, PATIENCE_MS] = [100, 10_000] as const;

type Both = Record<"nobody" | "one", Sample>;

/** What the others feel of a client that stops reading, until it is dropped: windows with and without it alternate. */
export const STALLED: Work = {
  name: "stalled",
  only: [OURS, OURS_V2],
  seconds: (entrants, scale) => entrants * (2 + scale.rounds * windows(scale) * 1.6),
  async *measure(entrants, scale) {
    console.error("stalled");
    const turn = (crowd: Crowd) => crowd.round(windows(scale));
    const results = await takeTurnsStaying(entrants, scale.rounds, Crowd.open, turn);
    for (const [which, variant] of [["nobody", NOBODY], ["one", ONE]] as const) {
      yield { work: "stalled", variant, figures: FIGURES, results: mapSamples(results, (both) => [both[which]]) };
    }
  },
};

function windows({ isQuick }: Scale): number {
  return isQuick ? QUICK_WINDOWS : WINDOWS;
}

class Crowd implements AsyncDisposable {
  readonly #entrant: Entrant;
  readonly #hub: HubProcess;
  readonly #clients: Clients;
  readonly #arrivals: Arrivals;
  readonly #say: (count: number) => void;
  readonly #push: (count: number) => void;

  private constructor(entrant: Entrant, hub: HubProcess, clients: Clients) {
    this.#entrant = entrant;
    this.#hub = hub;
    this.#clients = clients;
    const [caller, pusher, ...others] = [...clients.sockets.values()];
    this.#arrivals = new Arrivals(others);
    const [call, large] = [caller!.burst("all", 200, 1), pusher!.burst(HUNDREDTH, LARGE_BYTES, 1)];
    this.#say = (count) => {
      for (let i = 0; i < count; i++) {
        this.#arrivals.expectAll();
        caller!.write(call.take(1).slice()).catch(clients.fail);
      }
    };
    this.#push = (count) => {
      for (let i = 0; i < count; i++) pusher!.write(large.take(1).slice()).catch(clients.fail);
    };
  }

  static async open(entrant: Entrant): Promise<Crowd> {
    const hub = await HubProcess.start(bounded(entrant.launch));
    let clients: Clients | undefined;
    try {
      const { framing } = entrant.contender;
      clients = await Clients.allIn(hub.port, ["caller", "pusher", ...ids("other", OTHERS)], { framing });
      const crowd = new Crowd(entrant, hub, clients);
      await crowd.round(1); // compilers settle
      return crowd;
    } catch (error) {
      clients?.close();
      await hub.stop();
      throw error;
    }
  }

  /** The medians of what so many windows of each kind show. */
  async round(windows: number): Promise<Both> {
    const samples: Both[] = [];
    for (let window = 0; window < windows; window++) {
      samples.push({ nobody: await this.#window(false), one: await this.#window(true) });
    }
    const median = (which: keyof Both, figure: string) =>
      summary(samples.map((sample) => sample[which][figure]!)).median;
    const medians = (which: keyof Both) => ({ p50: median(which, "p50"), p99: median(which, "p99") });
    return { nobody: medians("nobody"), one: medians("one") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clients.close();
    await this.#hub.stop();
  }

  async #window(isStalled: boolean): Promise<Sample> {
    const { framing } = this.#entrant.contender;
    const hundredth = await RawSocket.logIn(this.#hub.port, HUNDREDTH, { framing });
    try {
      const dropped = new Promise<void>((resolve) => hundredth.onLost = () => resolve());
      await sleep(SETTLE_MS);
      const readOn = isStalled ? hundredth.stall() : undefined;
      this.#arrivals.clear();
      const talk = Promise.all([pace(RATE, WINDOW_MS, this.#say), pace(LARGE_RATE, WINDOW_MS, this.#push)]);
      await Promise.race([talk.then(() => this.#arrivals.complete()), this.#clients.failed]);
      readOn?.();
      if (isStalled) await inTime(dropped, "the hub did not drop the client that had stalled");
    } finally {
      hundredth.close();
    }
    const times = Float64Array.from(this.#arrivals.times).sort();
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  }
}

/** A hub that keeps little for a client, and next to nothing for one that has gone. */
function bounded(launch: Launch): Launch {
  return (port, folder) => {
    const { args, ...command } = launch(port, folder);
    return { ...command, args: [...args, "--max-buffered-bytes", String(BOUND), "--max-mailbox-messages", "1"] };
  };
}

async function inTime(event: Promise<void>, failure: string): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(failure)), PATIENCE_MS);
  await Promise.race([event, late]).finally(() => clearTimeout(timer));
}
