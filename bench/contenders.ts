/** Who is measured: how each hub is made ready once, how it is started, and how its clients speak. */

import type { Framing } from "./framings/framing.ts";
import { MQTT } from "./framings/mqtt.ts";
import { NATS } from "./framings/nats.ts";
import { SOCKET_IO } from "./framings/socket_io.ts";
import { VERSION_1, WITHOUT_HEARTBEATS } from "./framings/version_1.ts";
import { VERSION_2 } from "./framings/version_2.ts";
import type { Launch } from "./hub_process.ts";
import { mosquitto, nats } from "./prepare/brokers.ts";
import { denoScript } from "./prepare/deno.ts";
import { bunHub, nodeHub } from "./prepare/npm.ts";
import { ours, oursInVersion2 } from "./prepare/ours.ts";
import { pywayne } from "./prepare/python.ts";

export interface Contender {
  name: string;
  framing: Framing;
  /** Installs what it needs. Rejects when it cannot run here: then it is left out, with the error as the reason. */
  prepare(): Promise<Ready>;
}

export interface Ready {
  version: string;
  launch: Launch;
}

export const CEILING = "ceiling";
export const BARE = "bare";
export const OURS = "crosscomm";
export const OURS_V2 = "crosscomm-v2";

/** In the order in which they take turns. */
export const CONTENDERS: Contender[] = [
  { name: CEILING, framing: WITHOUT_HEARTBEATS, prepare: () => denoScript("ceiling.ts") },
  { name: "pywayne", framing: VERSION_1, prepare: pywayne },
  { name: "ws", framing: VERSION_1, prepare: () => nodeHub("ws", "node_ws.mjs") },
  { name: "socket.io", framing: SOCKET_IO, prepare: () => nodeHub("socket.io", "socket_io.mjs") },
  { name: "bun", framing: VERSION_1, prepare: bunHub },
  { name: "nats", framing: NATS, prepare: nats },
  { name: "mosquitto", framing: MQTT, prepare: mosquitto },
  { name: BARE, framing: VERSION_1, prepare: () => denoScript("bare.ts") },
  { name: OURS, framing: VERSION_1, prepare: ours },
  { name: OURS_V2, framing: VERSION_2, prepare: oursInVersion2 },
];
