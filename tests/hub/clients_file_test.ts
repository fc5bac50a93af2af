import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { captureLog } from "../support/captured_log.ts";
import { ClientsFile } from "../../lib/hub/clients_file.ts";
import { bareHub } from "../support/fake_transport.ts";
import { until } from "../support/inbox.ts";
import { tempFolder } from "../support/start_hub.ts";

type Entries = Record<string, { status: string; last_seen: number }>;

/** What a clients file holds; nothing where there is none. */
async function entriesOf(path: string): Promise<Entries> {
  try {
    return parse(await Deno.readTextFile(path)) as Entries;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

async function statusesOf(path: string): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await entriesOf(path)).map(([id, { status }]) => [id, status]));
}

/** What a hub that starts with this file knows: `id: status`. */
async function knownFrom(clientsFile: string): Promise<Record<string, string>> {
  await using test = await bareHub({ clientsFile });
  const { clients } = test.hub.clientLists.list(false);
  return Object.fromEntries(clients.map(({ clientId, status }) => [clientId, status]));
}

Deno.test("the file is as Python's hub writes it: id, status, last_seen", async () => {
  await using test = await bareHub();
  const before = Date.now() / 1000;
  test.login("ann");
  test.login("bob").send({ msg_type: "logout" });
  await until(async () => (await entriesOf(test.clientsFile)).bob !== undefined, "bob is in the file");

  const entries = await entriesOf(test.clientsFile);
  assertEquals(Object.keys(entries), ["ann", "bob"]);
  assertEquals(Object.keys(entries.ann!), ["status", "last_seen"]);
  assertEquals([entries.ann!.status, entries.bob!.status], ["online", "offline"]);
  assert(entries.ann!.last_seen >= before && entries.ann!.last_seen <= Date.now() / 1000);
});

Deno.test("the file tells who has gone silent, and who is back", async () => {
  await using test = await bareHub({ heartbeatInterval: 0.05, heartbeatTimeout: 0.1 });
  const ann = test.login("ann");
  const inFile = (status: string) =>
    until(async () => (await statusesOf(test.clientsFile)).ann === status, `ann is ${status} in the file`);
  await inFile("offline");
  const beating = setInterval(() => ann.send({ msg_type: "heartbeat" }), 10);
  await inFile("online");
  clearInterval(beating);
});

Deno.test("the last state is in the file when the hub has stopped", async () => {
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/clients.yaml`;
  {
    await using test = await bareHub({ clientsFile });
    test.login("ann");
    test.login("bob");
  }
  assertEquals(await statusesOf(clientsFile), { ann: "offline", bob: "offline" });
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["clients.yaml"]);
});

Deno.test("clients stay known after a restart, offline until they log in, and after the next write", async () => {
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/clients.yaml`;
  await Deno.writeTextFile(
    clientsFile,
    "ann:\n  status: online\n  last_seen: 1732250000.5\nbob: {status: offline, last_seen: 5}\n",
  );
  {
    await using test = await bareHub({ clientsFile });
    assertEquals(test.hub.clientLists.list(false).clients, [
      { clientId: "ann", status: "offline", lastHeartbeat: 1732250000.5, loginTime: null },
      { clientId: "bob", status: "offline", lastHeartbeat: 5, loginTime: null },
    ]);
    assertEquals(test.hub.onlineClients(), []);
    assertEquals(await test.sendOwn("hi", "ann"), "stored");
    test.login("bob");
    test.login("carl");
    assertEquals(test.hub.onlineClients(), ["bob", "carl"]);
  }
  assertEquals(Object.keys(await entriesOf(clientsFile)), ["ann", "bob", "carl"]);
  assertEquals((await entriesOf(clientsFile)).ann!.last_seen, 1732250000.5);
});

Deno.test("ids that mean something in YAML survive a restart", async () => {
  const ids = ["null", "123", "1e3", "true", "~", "a: b", "# no", "- no", "'", '"', "{}", "&a", "!t", " a ", "<<", "?"];
  ids.push("__proto__", "constructor", "你好 😀", "é\u2028\u00a0", "x".repeat(256), "2026-01-01", "=", "no", "%", "@");
  ids.push("😀".repeat(128), `x${"\ufeff".repeat(255)}`); // longer than a key may be on one line
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/clients.yaml`;
  {
    await using test = await bareHub({ clientsFile });
    for (const id of ids) test.login(id);
    assertEquals(test.hub.onlineClients(), ids);
  }
  const known = await knownFrom(clientsFile);
  assertEquals(Object.keys(known).toSorted(), ids.toSorted());
});

Deno.test("a thousand logins are a few writes", async () => {
  await using test = await bareHub();
  const folder = test.clientsFile.replace(/\/[^/]*$/, "");
  using watcher = Deno.watchFs(folder);
  let changes = 0;
  const watching = (async () => {
    for await (const { kind, paths } of watcher) {
      if (paths.some((path) => path.endsWith("/the end"))) break; // the system tells of changes in their order
      if (kind !== "access" && paths.some((path) => path.endsWith("/clients.yaml"))) changes++;
    }
  })();

  for (let i = 0; i < 1000; i++) {
    test.login(`client ${i}`);
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await until(async () => Object.keys(await entriesOf(test.clientsFile)).length === 1000, "all are in the file");
  await Deno.writeTextFile(`${folder}/the end`, "");
  await watching;
  assert(changes > 0 && changes < 100, `${changes} changes of the file were seen`);
});

Deno.test("the file is replaced whole: who is reading it reads the earlier one to its end", async () => {
  await using test = await bareHub();
  for (let i = 0; i < 100; i++) test.login(`early ${i}`);
  await until(async () => Object.keys(await entriesOf(test.clientsFile)).length === 100, "100 are in the file");

  using reader = await Deno.open(test.clientsFile);
  for (let i = 0; i < 100; i++) test.login(`late ${i}`);
  await until(async () => Object.keys(await entriesOf(test.clientsFile)).length === 200, "200 are in the file");
  const bytes = new Uint8Array(1_000_000);
  const length = await reader.read(bytes) ?? 0;
  assertEquals(Object.keys(parse(new TextDecoder().decode(bytes.subarray(0, length))) as Entries).length, 100);
});

Deno.test("no reader ever finds half a file, while clients come and go", async () => {
  await using test = await bareHub();
  for (let i = 0; i < 2000; i++) test.login(`client ${i}`);
  let complete = 0;
  let last = "";
  for (let changes = 0; changes < 4;) {
    const text = await Deno.readTextFile(test.clientsFile).catch(() => "");
    if (text === "" || text === last) {
      await new Promise((resolve) => setTimeout(resolve));
      continue;
    }
    const entries = Object.values(parse(text) as Entries);
    assert(entries.length >= 2000 && entries.every(({ last_seen }) => last_seen > 0), `${entries.length} in the file`);
    complete = entries.length;
    last = text;
    test.login(`another ${changes++}`);
  }
  assert(complete > 2000);
});

Deno.test("who logs in again while the file is written is in it once", async () => {
  await using test = await bareHub();
  for (let i = 0; i < 2000; i++) test.login(`client ${i}`);
  for (let i = 0; (await entriesOf(test.clientsFile)).last === undefined; i = (i + 1) % 2000) {
    if (i === 1000) test.login("last");
    test.login(`client ${i}`);
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(Object.keys(await entriesOf(test.clientsFile)).length, 2001);
});

Deno.test("a damaged file is set aside with a warning, its bytes kept, and the hub starts afresh", async () => {
  const damaged: (string | Uint8Array)[] = [
    "ann: {status: online",
    "- ann\n- bob\n",
    "just words",
    "ann:\n  status: online\n  last_seen: yesterday\n",
    "ann:\n  status: online\n  last_seen: Infinity\n",
    "ann: 5\n",
    "ann:\n",
    "ann: {}\nann: {}\n",
    new Uint8Array([0x00, 0xff, 0xfe, 0x80, 0x0a]),
  ];
  for (const content of damaged) {
    await using log = await captureLog();
    await using folder = await tempFolder();
    const clientsFile = `${folder.path}/clients.yaml`;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(clientsFile, bytes);
    {
      await using test = await bareHub({ clientsFile });
      assertEquals(test.hub.clientLists.list(false).clients, []);
      test.login("carl");
    }
    assertEquals(Object.keys(await entriesOf(clientsFile)), ["carl"]);
    const aside = [...Deno.readDirSync(folder.path)].map(({ name }) => name).filter((name) => name !== "clients.yaml");
    assertEquals(aside.length, 1);
    assertEquals(await Deno.readFile(`${folder.path}/${aside[0]}`), bytes);
    assertStringIncludes(
      await log.next("warning", clientsFile, "cannot be read"),
      `it is now ${folder.path}/${aside[0]}`,
    );
  }
});

Deno.test("an empty file, a missing one, and keys that we do not know are fine", async () => {
  await using log = await captureLog();
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/clients.yaml`;
  assertEquals(await knownFrom(clientsFile), {});
  for (const text of ["", "# nobody yet\n", "{}\n"]) {
    await Deno.writeTextFile(clientsFile, text);
    assertEquals(await knownFrom(clientsFile), {});
  }
  await Deno.writeTextFile(
    clientsFile,
    "ann: {note: [1, 2], last_seen: 5, status: on holiday, port: 99}\n'7': {last_seen: 1}\n",
  );
  assertEquals(await knownFrom(clientsFile), { "7": "offline", ann: "offline" });
  assertEquals(log.lines, []);
});

Deno.test("a folder that cannot be written to stops no hub, and is complained of once", async () => {
  await using log = await captureLog();
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/not there/clients.yaml`;
  await using test = await bareHub({ clientsFile });
  const [ann, bob] = [test.login("ann"), test.login("bob")];
  ann.send({ to_client_id: "bob", content: "we still talk" });
  assertEquals(bob.transport.messages.map(({ content }) => content), ["we still talk"]);

  const complaint = "What is known of clients is not being saved";
  assertStringIncludes(await log.next("error", complaint), clientsFile);
  bob.send({ msg_type: "logout" });
  await test.hub.stop();
  assertEquals(log.lines.filter((line) => line.includes(complaint)).length, 1);
});

Deno.test("saving goes on as soon as it can", async () => {
  await using log = await captureLog();
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/later/clients.yaml`;
  await using test = await bareHub({ clientsFile });
  test.login("ann");
  await log.next("error", "not being saved");
  await Deno.mkdir(`${folder.path}/later`);
  test.login("bob");
  await until(async () => (await statusesOf(clientsFile)).bob === "online", "bob is in the file");
  assertEquals(await statusesOf(clientsFile), { ann: "online", bob: "online" });
});

Deno.test("a folder in the file's place is left where it is", async () => {
  await using log = await captureLog();
  await using folder = await tempFolder();
  const clientsFile = `${folder.path}/data`;
  await Deno.mkdir(clientsFile);
  await Deno.writeTextFile(`${clientsFile}/treasure`, "gold");
  {
    await using test = await bareHub({ clientsFile });
    test.login("ann");
  }
  assertEquals(await Deno.readTextFile(`${clientsFile}/treasure`), "gold");
  assertStringIncludes(log.lines.join("\n"), clientsFile);
});

Deno.test("a long file is written less often than a short one", async () => {
  await using folder = await tempFolder();
  const written: number[] = [];
  const clients = Array.from({ length: 6_000 }, (_, i) => ({ id: `client ${i}`, lastSeen: 5, loginTime: null }));
  const file = new ClientsFile(`${folder.path}/clients.yaml`, {
    known() {
      written.push(performance.now());
      return clients;
    },
    isOnline: () => true,
  });
  file.changed();
  await file.flush();
  const changed = performance.now();
  file.changed();
  await until(() => written.length === 2, "it is written again");
  await file.flush();
  assert(written[1]! - changed >= 600 - 1, `${written[1]! - changed} ms`);
});
