import { assert, assertEquals } from "@std/assert";
import { RawPeer } from "./frame.ts";
import { OurHub, ourTalker } from "./our_peer.ts";
import { PythonPeer } from "./python_peer.ts";
import { runPython } from "./python_env.ts";
import { until } from "./until.ts";

// deno-fmt-ignore
/** Ids that YAML, 1.1 as Python reads it or 1.2, takes for something else unless they are quoted. */
const IDS = [
  // other types: numbers in every notation, booleans, null, dates, base 60, the merge key, the default value
  "123", "-5", "+1", "1_000", "0x10", "0o7", "017", "0b1", "1e3", "1.5", ".5", "1.", "6.02e+23", ".inf", "-.INF", ".nan", "NaN",
  "true", "True", "false", "yes", "No", "on", "OFF", "y", "n", "null", "Null", "~", "12:30:45", "1:2", "190:20:30.15",
  "2026-01-01", "2026-01-01 12:00:00", "2001-12-14t21:59:43.10-05:00", "=", "<<",
  // syntax
  "a: b", "a:", ":a", "a #b", "#x", "- x", "-", "--", "---", "...", "? x", "?", ":", ",", "[x]", "{x: y}", "&a", "*a", "!t", "!!int 1",
  "%x", "@x", "`x", "|", ">", "'", '"', "a'b", 'a"b', "a\\b", "\\", "'quoted'", '"quoted"',
  // spaces, letters of the world, and what must be written as an escape
  " leading", "trailing ", "a  b", "张三", "设备-01", "🎉", "👨‍👩‍👧", "é", "ا", "a\ufeff", "\ufffe", "a\uffff", "a\u00a0", "\u200b",
  // what JavaScript has in store
  "__proto__", "constructor", "toString", "hasOwnProperty",
  "00:1a:2b:3c:4d:5e_0123abcd", "1a2b3c4d5e6f_01234567", "123456789012_12345678", "12e456789012_12345678",
  "x".repeat(256), "🎉".repeat(128),
];

/** PyYAML takes these for line breaks and folds them, which a reader of YAML 1.2 does not undo. */
const LINE_BREAKS_OF_YAML_1_1 = ["a\u2028b", "\u2029b"];

const sorted = (ids: Iterable<string>) => [...ids].sort();

/** What PyYAML reads in a clients file: the ids with their Python types, and the entries. */
async function readWithPython(path: string): Promise<{ known: [id: string, type: string][]; entries: unknown[] }> {
  return JSON.parse(
    await runPython(
      "import json, sys, yaml\n" +
        "config = yaml.safe_load(open(sys.argv[1], encoding='utf-8'))\n" +
        "known = [(str(id), type(id).__name__) for id in config]\n" +
        "print(json.dumps({'known': known, 'entries': list(config.values())}))",
      path,
    ),
  );
}

/** A hub, Python's or ours, gets to know every id. */
async function introduceEveryone(port: number, ids: string[]): Promise<void> {
  for (const id of ids) {
    await using peer = await RawPeer.connect(port);
    assert((await peer.login(id)).includes("success"), JSON.stringify(id));
  }
}

Deno.test("Python reads the clients file that our hub writes", async () => {
  const ids = [...IDS, ...LINE_BREAKS_OF_YAML_1_1];
  await using hub = await OurHub.start();
  await introduceEveryone(hub.port, ids);
  await hub.server.stop();

  const { known, entries } = await readWithPython(hub.clientsFile);
  assertEquals(known.filter(([, type]) => type !== "str"), []);
  assertEquals(sorted(known.map(([id]) => id)), sorted(ids));
  for (const entry of entries as { status: string; last_seen: number }[]) {
    assertEquals(Object.keys(entry).sort(), ["last_seen", "status"]);
    assertEquals(entry.status, "offline");
    assert(Math.abs(Date.now() / 1000 - entry.last_seen) < 60);
  }

  // Python's hub starts with it, and rewrites it; ours reads that.
  await using python = await PythonPeer.start({
    role: "server",
    clientsFile: await Deno.readTextFile(hub.clientsFile),
  });
  await using again = await OurHub.start({
    clientsFile: await Deno.readTextFile(`${python.directory}/cross_comm_clients.yaml`),
  });
  await using client = await ourTalker(again.port, "observer");
  const listed = await client.listed(false);
  for (const id of [...IDS, "observer"]) assert(id in listed, id);
});

Deno.test("our hub reads the clients file that Python writes", async () => {
  await using python = await PythonPeer.start({ role: "server" });
  await introduceEveryone(python.port, IDS);
  await until("everybody has left", async () => (await python.getOnlineClients()).length === 0);
  const text = await Deno.readTextFile(`${python.directory}/cross_comm_clients.yaml`);

  await using hub = await OurHub.start({ clientsFile: text });
  await using client = await ourTalker(hub.port, "observer");
  const listed = await client.listed(false);
  assertEquals(sorted(Object.keys(listed)), sorted([...IDS, "observer"]));
  assertEquals(await client.listed(true), { observer: "online" });
  const { clients } = await client.client.listClients({ onlyShowOnline: false });
  for (const { lastHeartbeat } of clients) assert(Math.abs(Date.now() / 1000 - lastHeartbeat) < 60);
});
