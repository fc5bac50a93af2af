import type { HubProcess } from "./hub_process.ts";
import type { Peer } from "./peers.ts";
import type { Random } from "./random.ts";

/** What harm is done to. */
export interface Victims {
  hub: HubProcess;
  peers: readonly Peer[];
  /** Where the hub writes, if it is a small disk that may be filled. */
  smallDisk: string | undefined;
  random: Random;
}

/** How long the hub stays away after its end, and a peer after its own: past the time in which it may resume, too. */
const HUB_AWAY_MS = 1500;
const PEER_AWAY_MS = 14_000;
const STALL_MS = 12_000;
const DISK_FULL_MS = 2000;

/** Harm that is done, and undone. Hub faults come one at a time; those of a peer go on beside them. */
export const hubFaults = {
  async "hub killed"({ hub, random }: Victims): Promise<void> {
    await hub.end("SIGKILL");
    await pause(random.between(0, HUB_AWAY_MS));
    await hub.start();
  },
  async "hub restarted well"({ hub, random }: Victims): Promise<void> {
    await hub.end("SIGTERM");
    await pause(random.between(0, HUB_AWAY_MS));
    await hub.start();
  },
  async "disk full"({ smallDisk, random }: Victims): Promise<void> {
    if (smallDisk === undefined) return;
    const filler = `${smallDisk}/filler`;
    {
      using file = await Deno.open(filler, { write: true, create: true });
      const block = new Uint8Array(64 * 1024);
      try {
        for (;;) await file.write(block);
      } catch {
        // now it is full
      }
    }
    await pause(random.between(0, DISK_FULL_MS));
    await Deno.remove(filler);
  },
};

/** Harm to one peer, who is left alone by other harm meanwhile. */
export const peerFaults = {
  async "line cut"(peer: Peer, _: Victims): Promise<void> {
    await Promise.resolve(peer.line.cut());
  },
  async "line stalled"(peer: Peer, { random }: Victims): Promise<void> {
    await peer.line.stall(random.between(0, STALL_MS));
  },
  async "line stalled, then cut"(peer: Peer, { random }: Victims): Promise<void> {
    const stalled = peer.line.stall(random.between(0, STALL_MS));
    await pause(random.between(0, STALL_MS / 4));
    peer.line.cut();
    await stalled;
  },
  async "client killed"(peer: Peer, { random }: Victims): Promise<void> {
    await peer.kill();
    await pause(random.between(0, random.pick([500, PEER_AWAY_MS])));
    peer.start(random.between(0, 2 ** 31));
  },
};

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
