/**
 * Sends bad requests to a hub: `requests_main.ts SEED REQUESTS`. Prints a report as JSON, or fails at the first thing
 * that is wrong.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { HubProcess } from "../support/hub_process.ts";
import { inTime } from "../support/inbox.ts";
import { RawClient } from "../support/raw_client.ts";
import { HANDSHAKE, type Visit, visits } from "./bad_requests.ts";

/** How many strangers come at a time. */
const CROWD = 50;
/** How long a stranger waits for an answer that may never come, in milliseconds. */
const GLANCE_MS = 50;
/** After how many requests everything has been used once. */
const WARM_REQUESTS = 500;
const MIB = 1024 * 1024;

const [seed, requests] = Deno.args.map(Number) as [number, number];
await using hub = await HubProcess.start({ resumeWindow: 0.2 });
const ping = await RawClient.login(hub.port, "innocent ping");
const pong = await RawClient.login(hub.port, "innocent pong");
const answers: Record<string, number> = {};
const started = performance.now();
let before = await hub.cost();
let talked = 0;
for (let done = 0; done < requests; done += CROWD) {
  if (done === WARM_REQUESTS) before = await hub.cost();
  const crowd = fc.sample(visits, { seed: seed + done, numRuns: CROWD });
  const visited = Promise.all(crowd.map(visit));
  await talk();
  await visited;
}
const seconds = (performance.now() - started) / 1000;
await talk();
await ping.close();
await pong.close();
const after = await hub.cost();
const growth = after.memory - before.memory;
assert(growth < 24 * MIB, `the memory grew by ${growth / MIB} MiB`);
assert(after.lines < 3 * requests + 100, `${after.lines} lines in the log`);
assertEquals(await hub.stop(), "");
for (const status of Object.keys(answers)) {
  assert(/^(1|2|3|4)\d\d|501|none|other/.test(status), `an answer with ${status}`);
}
console.log(JSON.stringify({
  requests,
  talked,
  lines: after.lines,
  growthMiB: Math.round(growth / MIB * 10) / 10,
  seconds: Math.round(seconds),
  answers,
}));

/** A message there and back again, whatever strangers do meanwhile. */
async function talk(): Promise<void> {
  talked += 2;
  ping.sendFrame({ to_client_id: "innocent pong", content: talked });
  assertEquals((await pong.next("text")).content, talked);
  pong.sendFrame({ to_client_id: "innocent ping", content: talked });
  assertEquals((await ping.next("text")).content, talked);
}

async function visit({ bytes, isWebSocket, mustEnd, then }: Visit): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: hub.port });
  try {
    if (isWebSocket) {
      await write(connection, new TextEncoder().encode(HANDSHAKE));
      assert((await read(connection)).startsWith("HTTP/1.1 101 "));
    }
    await write(connection, bytes);
    if (then === "ends its side") await connection.closeWrite();
    if (then === "leaves") return;
    if (mustEnd) return await inTime(end(connection), `the hub ends the connection after ${bytes.subarray(0, 20)}`);
    const answer = await glance(connection);
    if (!isWebSocket) count(/^HTTP\/1\.1 (\d\d\d) /.exec(answer)?.[1] ?? (answer === "" ? "none" : "other"));
  } catch (error) {
    const hasEnded = error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.NotConnected;
    if (!hasEnded) throw error; // it may end before all is written
  }
}

function count(status: string): void {
  answers[status] = (answers[status] ?? 0) + 1;
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}

async function read(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  return new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
}

/** What comes soon: where nothing does, the hub waits for the rest of the request. */
async function glance(connection: Deno.Conn): Promise<string> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(""), GLANCE_MS);
  const answer = read(connection);
  answer.catch(() => {}); // it ends with the connection
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function end(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null);
}
