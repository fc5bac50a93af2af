import { setTimeout as sleep } from "node:timers/promises";
import { OURS, OURS_V2 } from "../contenders.ts";
import { HubProcess } from "../hub_process.ts";
import { RawSocket } from "../load/raw_socket.ts";
import { type Entrant, takeTurns } from "../rounds.ts";
import type { Figure, Sample, Work } from "./work.ts";

const FIGURES: Figure[] = [
  { name: "through", what: "messages a second, in and out", unit: "/s", better: "more" },
  { name: "out", what: "messages a second, out", unit: "/s", better: "more" },
];
/** As many as half a mailbox holds, and how many of them are sent at once. */
const [MESSAGES, BURST] = [5_000, 50] as const;
/** How long the hub may take to notice that a connection has ended, and to hand out a mailbox. */
const [NOTICE_MS, PATIENCE_MS] = [200, 30_000] as const;

/** What is sent to somebody who is away, who gets it on coming back. Set up as they are here, the other hubs lose it. */
export const MAILBOX: Work = {
  name: "mailbox",
  only: [OURS, OURS_V2],
  seconds: (entrants, { sideRounds }) => entrants * sideRounds * 0.7,
  async *measure(entrants, scale) {
    const variant = `${MESSAGES.toLocaleString("en")} messages, 200 B`;
    console.error(`mailbox, ${variant}`);
    yield {
      work: "mailbox",
      variant,
      figures: FIGURES,
      results: await takeTurns(entrants, scale.sideRounds, fillAndEmpty),
    };
  },
};

async function fillAndEmpty({ contender: { framing }, launch }: Entrant): Promise<Sample> {
  await using hub = await HubProcess.start(launch);
  (await RawSocket.logIn(hub.port, "reader", { framing })).close();
  await sleep(NOTICE_MS);
  const writer = await RawSocket.logIn(hub.port, "writer", { framing });
  const [messages, marker] = [writer.burst("reader", 200, BURST), writer.burst("writer", 200, 1)];
  const start = performance.now();
  const routed = arrival(writer, 1);
  for (let sent = 0; sent < MESSAGES; sent += BURST) await writer.write(messages.take(BURST));
  await writer.write(marker.take(1)); // it comes back when the hub has read all that went before
  await routed;
  const between = performance.now();
  const reader = await RawSocket.logIn(hub.port, "reader", { framing });
  await arrival(reader, MESSAGES);
  const end = performance.now();
  for (const socket of [writer, reader]) socket.close();
  return { through: (MESSAGES / (end - start)) * 1_000, out: (MESSAGES / (end - between)) * 1_000 };
}

/** Resolves when so many messages have arrived. */
function arrival(socket: RawSocket, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let arrived = socket.early;
  const timer = setTimeout(() => reject(new Error(`${arrived} of ${count} messages arrived`)), PATIENCE_MS);
  const check = () => {
    if (arrived < count) return;
    clearTimeout(timer);
    resolve();
  };
  socket.onLost = reject;
  socket.onMessages = (more) => {
    arrived += more;
    check();
  };
  check();
  return promise;
}
