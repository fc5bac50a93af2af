/** How long a text and its answer take through a hub, asked at a fixed rate: what is late delays no question. */

import { Clients } from "./clients.ts";
import { VERSION_1 } from "../framings/version_1.ts";
import { Arrivals, quantile } from "./arrivals.ts";
import { pace } from "./pace.ts";

/** Questions a second: few enough that an idle hub is idle. */
const RATE = 200;
const [PING, PONG] = ["bench-ping", "bench-pong"] as const;

/** Milliseconds. */
export interface LatencySample {
  p50: number;
  p99: number;
  max: number;
}

export async function pingPong(port: number, measureMs: number): Promise<LatencySample> {
  const clients = await Clients.logIn(port, [PING, PONG], { framing: VERSION_1 });
  try {
    const [ping, pong] = [clients.sockets.get(PING)!, clients.sockets.get(PONG)!];
    const [questions, answers] = [ping.burst(PONG, 200, 1), pong.burst(PING, 200, 1)];
    const arrivals = new Arrivals([ping]);
    pong.onMessages = (count) => {
      for (let i = 0; i < count; i++) pong.write(answers.take(1).slice()).catch(clients.fail);
    };
    const asking = pace(RATE, measureMs, (count) => {
      for (let i = 0; i < count; i++) {
        arrivals.expect(PING); // the answer
        ping.write(questions.take(1).slice()).catch(clients.fail);
      }
    });
    await Promise.race([asking.then(() => arrivals.complete()), clients.failed]);
    const times = Float64Array.from(arrivals.times).sort();
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: times.at(-1)! };
  } finally {
    clients.close();
  }
}
