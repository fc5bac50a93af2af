/** Clients that stay connected to one hub, and the flows between them, measured in rounds. */

import { setTimeout as sleep } from "node:timers/promises";
import type { HubProcess } from "../hub_process.ts";
import { envelope } from "./envelope.ts";
import { Flow } from "./flow.ts";
import { frame, OPCODE } from "./frames.ts";
import { RawSocket } from "./raw_socket.ts";
import { share, usages } from "./usage.ts";

/** Deliveries a second, and how much of one core hub and generator used meanwhile. */
export interface FlowSample {
  rate: number;
  hubCpu: number | undefined;
  loadCpu: number | undefined;
}

/** Who is sent to by whom, by client id. */
export interface Route {
  from: string;
  to: string;
  receivers: string[];
}

/** Messages on their way a flow: enough that no hub ever waits for work, little enough that none piles it up. */
const WINDOW = 64;

export class Load {
  #hub: HubProcess;
  #sockets: Map<string, RawSocket>;
  #flows: Flow[];
  #failed = Promise.withResolvers<never>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  private constructor(hub: HubProcess, sockets: Map<string, RawSocket>, routes: Route[]) {
    this.#hub = hub;
    this.#sockets = sockets;
    this.#failed.promise.catch(() => {}); // whoever waits for a round hears of it
    for (const socket of sockets.values()) socket.onLost = this.#failed.reject;
    this.#flows = routes.map(({ from, to, receivers }) =>
      new Flow({
        sender: sockets.get(from)!,
        receivers: receivers.map((id) => sockets.get(id)!),
        from,
        to,
        window: WINDOW,
        onFailed: this.#failed.reject,
      })
    );
  }

  static async connect(
    hub: HubProcess,
    routes: Route[],
    options: { heartbeats: boolean },
  ): Promise<Load> {
    const sockets = new Map<string, RawSocket>();
    try {
      for (const { from, receivers } of routes) {
        for (const id of [from, ...receivers]) {
          if (!sockets.has(id)) sockets.set(id, await RawSocket.logIn(hub.port, id));
        }
      }
    } catch (error) {
      for (const socket of sockets.values()) socket.close();
      throw error;
    }
    const load = new Load(hub, sockets, routes);
    if (options.heartbeats) load.#beat();
    return load;
  }

  async round(options: { warmUpMs: number; measureMs: number }): Promise<FlowSample> {
    return await Promise.race([this.#round(options), this.#failed.promise]);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const socket of this.#sockets.values()) socket.close();
  }

  async #round({ warmUpMs, measureMs }: { warmUpMs: number; measureMs: number }): Promise<FlowSample> {
    for (const flow of this.#flows) flow.start();
    await sleep(warmUpMs);
    const before = await this.#measure();
    await sleep(measureMs);
    const after = await this.#measure();
    await Promise.all(this.#flows.map((flow) => flow.stop()));
    const seconds = (after.at - before.at) / 1_000;
    return {
      rate: (after.deliveries - before.deliveries) / seconds,
      hubCpu: share(before.hub, after.hub, seconds),
      loadCpu: share(before.load, after.load, seconds),
    };
  }

  async #measure() {
    const both = await usages(this.#hub);
    const deliveries = this.#flows.reduce((sum, flow) => sum + flow.deliveries, 0);
    return { at: performance.now(), deliveries, ...both };
  }

  /** As real clients do: a hub marks as offline whom it does not hear of for a minute. */
  #beat(): void {
    const frames = [...this.#sockets].map(([id, socket]) => ({
      socket,
      bytes: frame(OPCODE.text, envelope(id, "server", "heartbeat", {})),
    }));
    this.#heartbeat = setInterval(() => {
      for (const { socket, bytes } of frames) socket.write(bytes).catch(this.#failed.reject);
    }, 15_000);
  }
}
