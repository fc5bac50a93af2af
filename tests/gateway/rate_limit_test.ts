import { assertEquals, assertStringIncludes } from "@std/assert";
import { RateLimit } from "../../lib/gateway/rate_limit.ts";
import { captureLog } from "../support/captured_log.ts";
import { frame } from "../support/frame.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";

/** A flow that keeps what it is told, and can be waited for. */
function testFlow() {
  const told: string[] = [];
  const resumed = Promise.withResolvers<void>();
  return {
    told,
    resumed: resumed.promise,
    pause: () => void told.push("pause"),
    resume: () => {
      told.push("resume");
      resumed.resolve();
    },
    onEpisode: () => void told.push("episode"),
  };
}

Deno.test("within its share nobody is held back", () => {
  const flow = testFlow();
  using rate = new RateLimit(100, 1000, flow);
  rate.took(100, 1000);
  assertEquals(flow.told, []);
});

Deno.test("too many messages, or too many bytes, pause the flow until they are made up for", async () => {
  for (const [messages, bytes] of [[130, 1], [1, 1300]] as const) {
    const flow = testFlow();
    using rate = new RateLimit(100, 1000, flow);
    rate.took(messages, bytes);
    rate.took(1, 1); // one that had come already
    assertEquals(flow.told, ["pause", "episode"]);
    await flow.resumed;
    rate.took(50, 500);
    assertEquals(flow.told, ["pause", "episode", "resume", "pause"]); // and the log is told once
  }
});

Deno.test("a flood of messages arrives whole and in order, only later, and the others are served meanwhile", async () => {
  await using log = await captureLog();
  await using hub = await startHub({ maxMessagesPerSecond: 500 });
  await using flood = await RawClient.login(hub.port, "flood");
  await using reader = await RawClient.login(hub.port, "reader");
  await using ann = await RawClient.login(hub.port, "ann");
  const padding = "x".repeat(1_000); // so that not all of them come in one read
  for (let n = 0; n < 1_000; n++) flood.sendFrame({ to_client_id: "reader", content: `${n} ${padding}` });

  assertStringIncludes(await log.next("flood", "more than its share"), "warning");
  ann.sendFrame({ to_client_id: "reader", content: "-1 in between" });
  const numbers: number[] = [];
  while (numbers.length < 1_001) numbers.push(parseInt((await reader.next("text")).content));
  assertEquals(numbers.filter((n) => n >= 0), [...Array(1_000).keys()]);
  assertEquals(numbers.indexOf(-1) < 1_000, true);
  assertEquals(log.lines.filter((line) => line.includes("more than its share")).length, 1);
});

Deno.test("a flood of pings is held back like one of messages", async () => {
  await using log = await captureLog();
  await using hub = await startHub({ maxMessagesPerSecond: 100 });
  await using ann = await RawClient.login(hub.port, "ann");
  using flood = await TcpClient.connect(hub.port);
  await flood.handshake();
  const ping = [0x89, 0x80, 0, 0, 0, 0];
  await flood.write(new Uint8Array(Array(120).fill(ping).flat()));
  await log.next("more than its share");
  assertEquals((await ann.clients()).ann, "online");
});

Deno.test("a message in endlessly many fragments ends its connection", async () => {
  await using hub = await startHub();
  await using ann = await RawClient.login(hub.port, "ann");
  using flood = await TcpClient.connect(hub.port);
  await flood.handshake();
  const empty = [0x00, 0x80, 0, 0, 0, 0];
  await flood.write(new Uint8Array([0x01, ...empty.slice(1), ...Array(5_000).fill(empty).flat()]));
  assertStringIncludes(await flood.read(), "\x02\x03"); // a close frame, two bytes long: code 1008, of which UTF-8 has the first
  assertEquals((await ann.clients()).ann, "online");
});

Deno.test("in version 2, what counts is the messages in a frame", async () => {
  await using log = await captureLog();
  await using hub = await startHub({ maxMessagesPerSecond: 100 });
  await using flood = await RawClient.connect(hub.port);
  await flood.login("flood", { protocol: 2 });
  const item = frame({ from_client_id: "flood", to_client_id: "server" });
  flood.send(['{"seq":1}', ...Array(120).fill(item)].join("\n"));
  await log.next("flood", "more than its share");
});
