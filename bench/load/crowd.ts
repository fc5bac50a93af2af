/**
 * A crowd that logs in, stays idle, and says that it is alive. The one crowd gives three figures: how fast it got in,
 * what each of its connections weighs, and what its heartbeats cost.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Framing } from "../framings/framing.ts";
import type { HubProcess } from "../hub_process.ts";
import { Clients } from "./clients.ts";
import { pace } from "./pace.ts";
import { share, usage, usages } from "./usage.ts";

export interface CrowdSample {
  loginsPerSecond: number;
  /** Of the first tenth of them, and of the last: whether it gets slower the more there are. */
  firstLoginsPerSecond: number;
  lastLoginsPerSecond: number;
  /** How much of one core hub and generator used while the crowd logged in. */
  hubCpu: number | undefined;
  loadCpu: number | undefined;
  loggedIn: number;
  bytesPerConnection: number;
  /** The hub's seconds of processor time for one sign of life; undefined where it is the hub that asks for them. */
  heartbeatSeconds: number | undefined;
}

export interface CrowdOptions {
  clients: number;
  /** Some hubs slow down with every client they know: after this time, who is in is the crowd. */
  limitMs: number;
  framing: Framing;
}

/** Enough for the handshake's answer: these clients receive next to nothing. */
const BUFFER_BYTES = 4_096;
const WARM_UP_MS = 500;
/** How long the hub may tidy up before its memory is read. */
const SETTLE_MS = 700;
const HEARTBEATS_MS = 1_000;
const HEARTBEATS_A_SECOND = 5_000;
const [LITTLE_SECONDS, MOST_TRIES] = [0.02, 3] as const;

/** Fills a hub that was just started. */
export async function fill(hub: HubProcess, { clients: count, limitMs, framing }: CrowdOptions): Promise<CrowdSample> {
  const logIn = (prefix: string, count: number) => {
    const ids = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
    return Clients.logIn(hub.port, ids, { framing, limitMs, bufferBytes: BUFFER_BYTES });
  };
  // What a hub loads and compiles for its first clients is no connection's cost. Always the same few ids, for those
  // hubs that remember every one.
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end;) (await logIn("early", 50)).close();
  await sleep(SETTLE_MS);
  const before = await usages(hub);
  const crowd = await logIn("idle", count);
  try {
    const full = await usages(hub);
    await sleep(SETTLE_MS);
    const { residentBytes } = await usage(hub.pid);
    const loggedIn = crowd.sockets.size;
    return {
      loginsPerSecond: loggedIn / crowd.seconds,
      firstLoginsPerSecond: loginsPerSecond([0, ...crowd.times], 0, loggedIn / 10),
      lastLoginsPerSecond: loginsPerSecond([0, ...crowd.times], loggedIn * 0.9, loggedIn),
      hubCpu: share(before.hub, full.hub, crowd.seconds),
      loadCpu: share(before.load, full.load, crowd.seconds),
      loggedIn,
      bytesPerConnection: (residentBytes - before.hub.residentBytes) / loggedIn,
      heartbeatSeconds: await Promise.race([costOfHeartbeats(hub, crowd), crowd.failed]),
    };
  } finally {
    crowd.close();
  }
}

/** Between two of them. */
function loginsPerSecond(times: number[], from: number, to: number): number {
  const [first, last] = [Math.round(from), Math.round(to)];
  return (last - first) / (times[last]! - times[first]!);
}

async function costOfHeartbeats(hub: HubProcess, crowd: Clients): Promise<number | undefined> {
  const sockets = [...crowd.sockets.values()];
  if (sockets[0]?.heartbeat === undefined) return undefined;
  const withoutThem = await idleSeconds(hub);
  if (withoutThem === undefined) return undefined;
  const before = await usage(hub.pid);
  let beats = 0;
  await pace(HEARTBEATS_A_SECOND, HEARTBEATS_MS, (count) => {
    for (let i = 0; i < count; i++) {
      const socket = sockets[beats++ % sockets.length]!;
      socket.write(socket.heartbeat!).catch(crowd.fail);
    }
  });
  const after = await usage(hub.pid);
  return Math.max(0, after.cpuSeconds! - before.cpuSeconds! - withoutThem) / beats;
}

/** The hub's processor time while nobody says anything, once that is little: some ask whoever is new how far away he is. */
async function idleSeconds(hub: HubProcess): Promise<number | undefined> {
  let used = Infinity;
  for (let tries = 0; tries < MOST_TRIES && used > LITTLE_SECONDS; tries++) {
    const { cpuSeconds } = await usage(hub.pid);
    if (cpuSeconds === undefined) return undefined;
    await sleep(HEARTBEATS_MS);
    used = (await usage(hub.pid)).cpuSeconds! - cpuSeconds;
  }
  return used;
}
