/** How long a text and its answer take through a hub, asked at a fixed rate: what is late delays no question. */

import { setTimeout as sleep } from "node:timers/promises";
import { envelope } from "./envelope.ts";
import { frame, OPCODE } from "./frames.ts";
import { RawSocket } from "./raw_socket.ts";

/** Questions a second: few enough that an idle hub is idle. */
const RATE = 200;
const TEXT = "x".repeat(200);

/** Milliseconds. */
export interface LatencySample {
  p50: number;
  p99: number;
  max: number;
}

export async function pingPong(port: number, measureMs: number): Promise<LatencySample> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // whoever waits hears of it
  const sockets: RawSocket[] = [];
  const logIn = async (id: string) => {
    const socket = await RawSocket.logIn(port, id);
    sockets.push(socket);
    socket.onLost = reject;
    return socket;
  };
  const send = (socket: RawSocket, from: string, to: string, id: number) =>
    socket.write(frame(OPCODE.text, envelope(from, to, "text", TEXT, id))).catch(reject);
  let timer: ReturnType<typeof setInterval> | undefined;
  try {
    const ping = await logIn("bench-ping");
    const pong = await logIn("bench-pong");
    const times: number[] = [];
    const asked: number[] = []; // answers come in the order of the questions
    let answers = 0;
    pong.onTexts = (count) => {
      for (let i = 0; i < count; i++) send(pong, "bench-pong", "bench-ping", answers++);
    };
    ping.onTexts = (count) => {
      const now = performance.now();
      for (let i = 0; i < count; i++) times.push(now - asked[times.length]!);
    };
    timer = setInterval(() => {
      asked.push(performance.now());
      send(ping, "bench-ping", "bench-pong", asked.length);
    }, 1_000 / RATE);
    await Promise.race([sleep(measureMs), failed]);
    clearInterval(timer);
    for (let waited = 0; times.length < asked.length; waited += 10) {
      if (waited > 10_000) throw new Error(`${asked.length - times.length} of ${asked.length} answers did not come`);
      await Promise.race([sleep(10), failed]);
    }
    const sorted = times.toSorted((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
    return { p50: quantile(0.5), p99: quantile(0.99), max: sorted.at(-1)! };
  } finally {
    clearInterval(timer);
    for (const socket of sockets) socket.close();
  }
}
