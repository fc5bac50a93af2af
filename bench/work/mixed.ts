import { OURS, OURS_V2 } from "../contenders.ts";
import { FileTraffic } from "../file_traffic.ts";
import { HubProcess } from "../hub_process.ts";
import { Arrivals, quantile } from "../load/arrivals.ts";
import { Clients } from "../load/clients.ts";
import { pace } from "../load/pace.ts";
import { RawSocket } from "../load/raw_socket.ts";
import { share, usages } from "../load/usage.ts";
import { type Entrant, takeTurns } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import { summary } from "../statistics.ts";
import { hubs, ids } from "./flows.ts";
import type { Figure, Finding, Sample, Work } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "p99", what: "99 % arrive within", unit: "ms", better: "less" },
  { name: "p50", what: "half arrive within", unit: "ms", better: "less" },
  { name: "hubCpu", what: "hub's part of a core", unit: "%", better: "less" },
];
const FILE_FIGURES: Figure[] = [
  { name: "file", what: "a file's way", unit: "ms", better: "less" },
  { name: "folder", what: "a folder's way", unit: "ms", better: "less" },
];
export const [MESSAGES, FILES] = ["presence, direct, broadcast", "files too, 1 MiB twice a second"] as const;

/** Who stays, one of whom calls to all, and how many of the others are there at a time. */
const MEMBERS = 101;
const PASSERS_BY = 20;
/** Each second. */
const RATES = { comings: 20, direct: 1_000, broadcasts: 10 };

/**
 * Everything at once, none of it at the limit: clients come and go, talk to each other, and to all. Then the same while
 * files and folders go through the store of those hubs that have one.
 */
export const MIXED: Work = {
  name: "mixed",
  seconds: (entrants, { mixedMs, sideRounds }) => (entrants - 1 + 2) * sideRounds * ((mixedMs / 1_000) * 1.2 + 0.6),
  async *measure(entrants, scale) {
    yield await measureVariant(MESSAGES, hubs(entrants), scale);
    const ours = entrants.filter(({ contender: { name } }) => name === OURS || name === OURS_V2);
    if (ours.length > 0) yield await measureVariant(FILES, ours, scale);
  },
};

async function measureVariant(variant: string, entrants: Entrant[], scale: Scale): Promise<Finding> {
  console.error(`mixed, ${variant}`);
  const turn = async ({ contender: { framing }, launch }: Entrant): Promise<Sample> => {
    await using hub = await HubProcess.start(launch);
    await using files = variant === FILES ? await FileTraffic.start(hub) : undefined;
    return await mix({ hub, framing, files }, scale.mixedMs);
  };
  return {
    work: "mixed",
    variant,
    figures: variant === FILES ? [...FIGURES, ...FILE_FIGURES] : FIGURES,
    results: await takeTurns(entrants, scale.sideRounds, turn),
  };
}

interface Place {
  hub: HubProcess;
  framing: Entrant["contender"]["framing"];
  files: FileTraffic | undefined;
}

async function mix({ hub, framing, files }: Place, ms: number): Promise<Sample> {
  const clients = await Clients.allIn(hub.port, ids("member", MEMBERS), { framing });
  let over = false;
  const others = Promise.all([comeAndGo(() => over, hub.port, framing), files?.run(() => over)]).catch(clients.fail);
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
    files?.clear();
    const before = await usages(hub);
    const start = performance.now();
    await Promise.race([talk(ms), clients.failed]);
    const seconds = (performance.now() - start) / 1_000;
    const after = await usages(hub);
    const times = Float64Array.from(arrivals.times).sort();
    return {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      hubCpu: share(before.hub, after.hub, seconds),
      loadCpu: share(before.load, after.load, seconds),
      ...files && { file: summary(files.times.file).median, folder: summary(files.times.folder).median },
    };
  } finally {
    over = true;
    await others;
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
