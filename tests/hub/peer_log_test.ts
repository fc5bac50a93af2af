import { assert, assertEquals } from "@std/assert";
import { PeerLogs } from "../../lib/hub/peer_log.ts";
import { captureLog } from "../support/captured_log.ts";
import { bareHub } from "../support/fake_transport.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { frame } from "../support/frame.ts";

Deno.test("one that logs in and out in a loop, or sends rubbish over ever new connections, leaves others room in the log", async () => {
  await using log = await captureLog();
  {
    await using test = await bareHub();
    const from = (address: string, ...texts: string[]) => {
      const connection = test.hub.connect(new FakeTransport(), { address });
      for (const text of texts) connection.receive(new TextEncoder().encode(text));
      connection.closed();
    };
    const login = (id: string) => frame({ from_client_id: id, msg_type: "login" });
    for (let n = 0; n < 1_500; n++) {
      from("192.0.2.1", login("flood"), frame({ from_client_id: "flood", msg_type: "logout" }));
    }
    for (let n = 0; n < 1_500; n++) from("192.0.2.1", "rubbish");
    from("192.0.2.2", login("ann"));
  }
  const ofFlood = log.lines.filter((line) => !line.includes("ann"));
  assert(ofFlood.length < 1_100, `${ofFlood.length} lines`);
  assertEquals(log.lines.filter((line) => line.includes("ann has logged in")).length, 1);
  const told = log.lines.filter((line) => line.endsWith("more lines on what comes from 192.0.2.1 were left out"));
  assertEquals(told.length, 1);
  assertEquals(parseInt(told[0]!.slice("warning: ".length)) + ofFlood.length - told.length, 4_500);
});

Deno.test("the share of an address grows again, a line a second, and what was left out is told once", async () => {
  await using log = await captureLog();
  let now = 0;
  const logs = new PeerLogs(() => now);
  const say = (times: number) => {
    for (let n = 0; n < times; n++) logs.of("there").info("{n}", { n });
  };
  say(1_005);
  logs.tell();
  logs.tell();
  assertEquals(log.lines.splice(0).slice(1_000), ["warning: 5 more lines on what comes from there were left out"]);
  now = 3_000;
  say(5);
  assertEquals(log.lines.splice(0), ["info: 0", "info: 1", "info: 2"]);
  logs.tell();
  now = 3_000_000;
  logs.tell();
  say(1_001);
  assertEquals(log.lines.length, 1 + 1_000);
});

Deno.test("who comes from thousands of addresses has one share for most of them", async () => {
  await using log = await captureLog();
  const logs = new PeerLogs(() => 0);
  for (let n = 0; n < 15_000; n++) logs.of(`address ${n}`).info("here", {});
  assertEquals(log.lines.length, 11_000);
  logs.tell();
  assertEquals(log.lines.at(-1), "warning: 4000 more lines on what comes from other addresses were left out");
});
