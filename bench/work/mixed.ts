import { HubProcess } from "../hub_process.ts";
import { Arrivals, quantile } from "../load/arrivals.ts";
import { Clients } from "../load/clients.ts";
import { pace } from "../load/pace.ts";
import { RawSocket } from "../load/raw_socket.ts";
import { share, usages } from "../load/usage.ts";
import { type Entrant, takeTurns } from "../rounds.ts";
import { hubs, ids } from "./flows.ts";
import type { Figure, Sample, Work } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "p99", what: "99 % arrive within", unit: "ms", better: "less" },
  { name: "p50", what: "half arrive within", unit: "ms", better: "less" },
  { name: "hubCpu", what: "of a core", unit: "%", better: "less" },
];

/** Who stays, one of whom calls to all, and how many of the others are there at a time. */
const MEMBERS = 101;
const PASSERS_BY = 20;
/** Each second. */
const RATES = { comings: 20, direct: 1_000, broadcasts: 10 };

/** Everything at once, none of it at the limit: clients come and go, talk to each other, and to all. */
export const MIXED: Work = {
  name: "mixed",
  async *measure(entrants, scale) {
    const variant = "presence, direct, broadcast";
    console.error(`mixed, ${variant}`);
    const turn = async (entrant: Entrant): Promise<Sample> => {
      await using hub = await HubProcess.start(entrant.launch);
      return await mix(hub, entrant, scale.mixedMs);
    };
    yield {
      work: "mixed",
      variant,
      figures: FIGURES,
      results: await takeTurns(hubs(entrants), scale.sideRounds, turn),
    };
  },
};

async function mix(hub: HubProcess, { contender: { framing } }: Entrant, ms: number): Promise<Sample> {
  const clients = await Clients.allIn(hub.port, ids("member", MEMBERS), { framing });
  let over = false;
  const churn = comeAndGo(() => over, hub.port, framing).catch(clients.fail);
  try {
    const sockets = [...clients.sockets.values()];
    // Who calls to all is heard by all others, and hears nothing itself.
    const [caller, ...members] = [sockets[0]!, ...sockets.slice(1)];
    const arrivals = new Arrivals(members);
    const call = caller.burst("all", 200, 1);
    const direct = members.map((sender, i) => {
      const to = members[(i * 7 + 3) % members.length]!.clientId;
      const burst = sender.burst(to, 200, 1);
      return () => {
        arrivals.expect(to);
        sender.write(burst.take(1).slice()).catch(clients.fail);
      };
    });
    let turn = 0;
    const talk = async (ms: number) => {
      await Promise.all([
        pace(RATES.direct, ms, (count) => {
          for (let i = 0; i < count; i++) direct[turn++ % direct.length]!();
        }),
        pace(RATES.broadcasts, ms, (count) => {
          for (let i = 0; i < count; i++) {
            arrivals.expectAll();
            caller.write(call.take(1).slice()).catch(clients.fail);
          }
        }),
      ]);
      await arrivals.complete();
    };
    await Promise.race([talk(ms / 5), clients.failed]); // compilers settle
    arrivals.clear();
    const before = await usages(hub);
    const start = performance.now();
    await Promise.race([talk(ms), clients.failed]);
    const seconds = (performance.now() - start) / 1_000;
    const after = await usages(hub);
    const times = Float64Array.from(arrivals.times).sort();
    const hubCpu = share(before.hub, after.hub, seconds);
    return {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      hubCpu,
      loadCpu: share(before.load, after.load, seconds),
    };
  } finally {
    over = true;
    await churn;
    clients.close();
  }
}

async function comeAndGo(over: () => boolean, port: number, framing: Entrant["contender"]["framing"]): Promise<void> {
  const present: RawSocket[] = [];
  for (let next = 0; !over(); next++) {
    present.push(await RawSocket.logIn(port, `passer-by-${next % (PASSERS_BY * 2)}`, { framing }));
    if (present.length > PASSERS_BY) present.shift()!.close();
    await new Promise((resolve) => setTimeout(resolve, 1_000 / RATES.comings));
  }
  for (const socket of present) socket.close();
}
