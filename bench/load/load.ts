/** Clients that stay connected to one hub, and the flows between them, measured in rounds. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Framing } from "../framings/framing.ts";
import type { HubProcess } from "../hub_process.ts";
import { Clients } from "./clients.ts";
import { Flow, type Route } from "./flow.ts";
import { share, usages } from "./usage.ts";

/** Deliveries a second, and how much of one core hub and generator used meanwhile. */
export interface FlowSample {
  rate: number;
  hubCpu: number | undefined;
  loadCpu: number | undefined;
}

export interface RoundTiming {
  warmUpMs: number;
  measureMs: number;
}

export class Load {
  #hub: HubProcess;
  #clients: Clients;
  #flows: Flow[];

  private constructor(hub: HubProcess, clients: Clients, routes: Route[]) {
    this.#hub = hub;
    this.#clients = clients;
    this.#flows = routes.map((route) => new Flow(route, clients.sockets, clients.fail));
  }

  static async connect(hub: HubProcess, routes: Route[], framing: Framing): Promise<Load> {
    const ids = [...new Set(routes.flatMap(({ senders, receivers }) => [...senders, ...receivers]))];
    return new Load(hub, await Clients.allIn(hub.port, ids, { framing }), routes);
  }

  async round(timing: RoundTiming): Promise<FlowSample> {
    return await Promise.race([this.#round(timing), this.#clients.failed]);
  }

  close(): void {
    this.#clients.close();
  }

  async #round({ warmUpMs, measureMs }: RoundTiming): Promise<FlowSample> {
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
    await this.#flows[0]!.completion();
    const deliveries = this.#flows.reduce((sum, flow) => sum + flow.deliveries, 0);
    const at = performance.now();
    return { at, deliveries, ...await usages(this.#hub) };
  }
}
