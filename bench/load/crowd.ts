/**
 * A crowd that logs in and then stays idle. The one crowd gives two figures: how fast it got in, and what each of its
 * connections weighs.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { HubProcess } from "../hub_process.ts";
import { logInMany } from "./logins.ts";
import { share, usage, usages } from "./usage.ts";

export interface CrowdSample {
  loginsPerSecond: number;
  /** How much of one core hub and generator used while the crowd logged in. */
  hubCpu: number | undefined;
  loadCpu: number | undefined;
  loggedIn: number;
  bytesBefore: number;
  bytesPerConnection: number;
}

export interface CrowdOptions {
  clients: number;
  warmUpMs: number;
  /** The deployed hub slows down with every client it knows: after this time, who is in is the crowd. */
  limitMs: number;
  /** How long the hub may tidy up before its memory is read. */
  settleMs: number;
}

/** Fills a hub that was just started. */
export async function fill(hub: HubProcess, options: CrowdOptions): Promise<CrowdSample> {
  // What a hub loads and compiles for its first clients is no connection's cost. Always the same few ids, for those
  // hubs that remember every one.
  for (const end = performance.now() + options.warmUpMs; performance.now() < end;) {
    (await logInMany(hub.port, "early", 50)).close();
  }
  await sleep(options.settleMs);
  const before = await usages(hub);
  const crowd = await logInMany(hub.port, "idle", options.clients, options.limitMs);
  try {
    let lost: Error | undefined;
    for (const socket of crowd.sockets) socket.onLost = (reason) => lost = reason;
    const full = await usages(hub);
    await sleep(options.settleMs);
    const after = await usage(hub.pid);
    if (lost) throw lost;
    const loggedIn = crowd.sockets.length;
    return {
      loginsPerSecond: loggedIn / crowd.seconds,
      hubCpu: share(before.hub, full.hub, crowd.seconds),
      loadCpu: share(before.load, full.load, crowd.seconds),
      loggedIn,
      bytesBefore: before.hub.residentBytes,
      bytesPerConnection: (after.residentBytes - before.hub.residentBytes) / loggedIn,
    };
  } finally {
    crowd.close();
  }
}
