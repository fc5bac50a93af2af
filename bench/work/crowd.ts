import { HubProcess } from "../hub_process.ts";
import { fill } from "../load/crowd.ts";
import { type Entrant, type Results, takeTurns } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import { whole } from "../table.ts";
import { hubs } from "./flows.ts";
import { room } from "./limits.ts";
import type { Figure, Sample, Work } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "logins", what: "logins a second", unit: "/s", better: "more" },
  { name: "memory", what: "memory an idle connection", unit: "KiB", better: "less" },
  { name: "firstLogins", what: "logins a second, the first tenth", unit: "/s", better: "more" },
  { name: "lastLogins", what: "logins a second, the last tenth", unit: "/s", better: "more" },
  { name: "loginCost", what: "hub's processor time a login", unit: "µs", better: "less" },
  { name: "heartbeat", what: "hub's processor time a heartbeat", unit: "µs", better: "less" },
];

/** A crowd logs in all at once, and stays. A new hub each round: what it remembers would slow it down, or save it work. */
export const CROWD: Work = {
  name: "crowd",
  seconds: (entrants, { sideRounds, crowd }) => (entrants - 1) * sideRounds * (5.5 + crowd / 4_000),
  async *measure(entrants, scale) {
    const clients = await room(scale.crowd);
    const variant = `${clients.toLocaleString("en")} clients`;
    console.error(`crowd, ${variant}`);
    const turn = async ({ contender: { framing }, launch }: Entrant): Promise<Sample> => {
      await using hub = await HubProcess.start(launch);
      const crowd = await fill(hub, { clients, limitMs: scale.crowdLimitMs, framing });
      return {
        logins: crowd.loginsPerSecond,
        firstLogins: crowd.firstLoginsPerSecond,
        lastLogins: crowd.lastLoginsPerSecond,
        memory: crowd.bytesPerConnection / 1024,
        loginCost: crowd.hubCpu && (crowd.hubCpu / crowd.loginsPerSecond) * 1e6,
        heartbeat: crowd.heartbeatSeconds && crowd.heartbeatSeconds * 1e6,
        hubCpu: crowd.hubCpu,
        loadCpu: crowd.loadCpu,
        loggedIn: crowd.loggedIn,
      };
    };
    const results = await takeTurns(hubs(entrants), scale.sideRounds, turn);
    yield { work: "crowd", variant, figures: FIGURES, results, remarks: remarks(results, clients, scale) };
  },
};

/** Who did not let all of them in, and whose heartbeats are not to be seen. */
function remarks(results: Results<Sample>, clients: number, { crowdLimitMs }: Scale): Record<string, string> {
  return Object.fromEntries(
    Object.entries(results).filter(([_, { samples }]) => samples.length > 0).flatMap(([name, { samples }]) => {
      const most = Math.max(...samples.map(({ loggedIn }) => loggedIn!));
      if (most < clients) return [[name, `${whole(most)} of them were in after ${crowdLimitMs / 1_000} s`]];
      const asks = samples.every(({ hubCpu, heartbeat }) => hubCpu !== undefined && heartbeat === undefined);
      return asks ? [[name, "it is the hub that asks for heartbeats"]] : [];
    }),
  );
}
