import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CommMsgType, CrossCommClient, type StorageSettings } from "../../client.ts";
import { gatedStore } from "../support/gated_store.ts";
import { until } from "../support/inbox.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub, tempFolder } from "../support/start_hub.ts";
import { crosscomm, start } from "./crosscomm.ts";

function environmentOf({ endpoint, bucket, accessKeyId, accessKeySecret }: StorageSettings): Record<string, string> {
  return {
    OSS_ENDPOINT: endpoint,
    OSS_BUCKET_NAME: bucket,
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET: accessKeySecret,
  };
}

Deno.test("a file, an image and a folder go from send to listen --download", async () => {
  await using hub = await startHub();
  await using folder = await tempFolder();
  await Deno.mkdir(`${folder.path}/album/empty`, { recursive: true });
  await Deno.writeTextFile(`${folder.path}/album/你好.txt`, "hello");
  const port = ["--port", String(hub.port)];
  await using listener = start(["listen", ...port, "--client-id", "bob", "--json", "--download", "inbox"], {
    cwd: folder.path,
  });
  await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
  const sends: [args: string[], type: string, held: string][] = [
    [["--file", "album/你好.txt"], "file", ""],
    [["--image", "album/你好.txt"], "image", ""],
    [["--folder", "album"], "folder", "/你好.txt"],
    [["--folder", "album", "--folder-format", "tar"], "folder", "/你好.txt"],
  ];
  for (const [args, type, held] of sends) {
    const sent = await crosscomm(["send", ...port, "--to", "bob", ...args], { cwd: folder.path });
    assertEquals([sent.code, sent.stdout], [0, "Delivered to bob."]);
    assertStringIncludes(sent.stderr, "100 %, 5 B of 5 B");
    let [progress, line] = [JSON.parse(await listener.line()), JSON.parse(await listener.line())];
    while (line.transfer !== undefined) [progress, line] = [line, JSON.parse(await listener.line())];
    const { msg_type, content, oss_key } = line;
    assertEquals([progress.transfer, progress.oss_key], ["Downloading", oss_key]);
    assertEquals([progress.done_bytes, msg_type], [progress.total_bytes, type]);
    assertEquals(await Deno.readTextFile(`${content}${held}`), "hello");
    if (type === "folder") assertEquals((await Deno.stat(`${content}/empty`)).isDirectory, true);
  }
});

for (const command of ["listen", "client"]) {
  Deno.test(`what waits for a download is shown where ${command} is ended by Ctrl-C`, async () => {
    await using hub = await startHub();
    await using folder = await tempFolder();
    await using store = await gatedStore();
    const { settings } = store;
    const path = `${folder.path}/a.txt`;
    await Deno.writeTextFile(path, "hello");
    const keyboard = new TransformStream<Uint8Array<ArrayBuffer>>();
    await using ann = new CrossCommClient({ port: hub.port, clientId: "ann", storage: settings });
    await ann.login();
    const port = ["--port", String(hub.port)];
    await using bob = start([command, ...port, "--client-id", "bob", "--json", "--download", folder.path], {
      stdin: keyboard.readable,
      env: environmentOf(settings),
    });
    await until(() => hub.server.getOnlineClients().includes("bob"), "bob is online");
    const release = store.hold();
    const { status } = await ann.sendMessage(path, CommMsgType.FILE, { toClientId: "bob" });
    await ann.sendMessage("and a text", CommMsgType.TEXT, { toClientId: "bob" });
    const key = await store.asked.next();
    bob.interrupt();
    const { code, stdout } = await bob.end();
    release();
    await keyboard.writable.close().catch(() => {}); // nobody reads it any more
    const [file, text] = stdout.split("\n").map((line) => JSON.parse(line));
    assertEquals([status, code, file.oss_key, text.content], ["delivered", 0, key, "and a text"]);
    assertEquals(
      file.download_error,
      `${key} is not downloaded, for the program ended: crosscomm download gets it with this key`,
    );
  });
}

Deno.test("send tells of a file though the hub restarts while it is uploaded", async () => {
  await using folder = await tempFolder();
  const options = { clientsFile: `${folder.path}/clients.yaml` };
  await using first = await startHub(options);
  const { port } = first;
  await using store = await gatedStore("PUT");
  await Deno.writeTextFile(`${folder.path}/a.txt`, "hello");
  await using bob = new CrossCommClient({ port, clientId: "bob" });
  await bob.login();
  await bob.logout();
  const release = store.hold();
  await using ann = start(["send", "--port", String(port), "--to", "bob", "--file", `${folder.path}/a.txt`], {
    env: environmentOf(store.settings),
  });
  const key = await store.asked.next();
  await first.server.stop();
  release();
  await using _second = await startHub({ ...options, port });
  const { code, stdout } = await ann.end();
  assertEquals([code, stdout], [0, "Stored for bob, who is offline."]);
  const messages = bob.messages();
  await bob.login();
  assertEquals((await messages.next()).value!.ossKey, key);
});

Deno.test("listen --json tells that what a message brought is not downloaded, for its content is the sender's then", async () => {
  await using hub = await startHub();
  await using folder = await tempFolder();
  await using listener = start(["listen", "--port", String(hub.port), "--json", "--download", folder.path]);
  await until(() => hub.server.getOnlineClients().length === 1, "the listener is online");
  await using eve = await RawClient.connect(hub.port);
  await eve.login("eve");
  eve.sendFrame({ to_client_id: "all", msg_type: "file", content: "/etc/passwd", oss_key: "cross_comm/eve/nothing" });
  const { content, download_error } = JSON.parse(await listener.line());
  assertEquals(content, "/etc/passwd");
  assertStringIncludes(download_error, "the store has no such object");
});

Deno.test("send --json tells how far an upload is, and nothing else but the receipt", async () => {
  await using hub = await startHub();
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/a.txt`, "hello");
  const { code, stdout, stderr } = await crosscomm(
    ["send", "--port", String(hub.port), "--file", "a.txt", "--json"],
    { cwd: folder.path },
  );
  assertEquals([code, stderr], [0, ""]);
  const [progress, receipt] = stdout.split("\n").map((line) => JSON.parse(line));
  assertEquals([progress.done_bytes, progress.total_bytes, receipt.status], [5, 5, "sent"]);
});

Deno.test("download gets what a message named; of what is not there it says so", async () => {
  await using hub = await startHub();
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/a.txt`, "hello");
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await ann.login();
  const heard = hub.server.messages({ msgType: CommMsgType.FILE });
  await ann.sendMessage(`${folder.path}/a.txt`, CommMsgType.FILE);
  const { ossKey } = (await heard.next()).value!;
  assertMatch(ossKey!, /^cross_comm\/ann\/\d+_[0-9a-f]{8}_a\.txt$/);

  const download = ["download", "--port", String(hub.port)];
  const { code, stdout } = await crosscomm([...download, ossKey!, "inbox"], { cwd: folder.path });
  assertEquals(code, 0);
  assertEquals(await Deno.readTextFile(stdout), "hello");
  const missing = await crosscomm([...download, "cross_comm/ann/nothing", "inbox"], { cwd: folder.path });
  assertEquals([missing.code, missing.stdout], [1, ""]);
  assertStringIncludes(missing.stderr, "the store has no such object");
  assertEquals((await crosscomm([...download, ossKey!])).code, 2);
});

Deno.test("storage prints what other programs need, lists, sums up and removes", async () => {
  await using folder = await tempFolder();
  await using hub = start(["server", "--port", "0", "--json"], { cwd: folder.path });
  const { port } = JSON.parse(await hub.line());
  await Deno.writeTextFile(`${folder.path}/a.txt`, "hello");
  await using ann = new CrossCommClient({ port, clientId: "ann" });
  await ann.login();
  await ann.sendMessage(`${folder.path}/a.txt`, CommMsgType.FILE);

  const storage = async (...args: string[]) => {
    const result = await crosscomm(["storage", "--port", String(port), ...args], { cwd: folder.path });
    assertEquals([result.code, result.stderr], [0, ""]);
    return result.stdout;
  };
  const lines = (await storage()).split("\n");
  assertEquals(lines.slice(0, 2), [`OSS_ENDPOINT=http://127.0.0.1:${port}`, "OSS_BUCKET_NAME=crosscomm"]);
  assertMatch(lines[2]!, /^OSS_ACCESS_KEY_ID=\w+$/);
  assertMatch(lines[3]!, /^OSS_ACCESS_KEY_SECRET=\w+$/);
  const { key, size } = JSON.parse(await storage("ls", "cross_comm/ann/", "--json"));
  assertEquals(size, 5);
  assertEquals(JSON.parse(await storage("usage", "--json")), { objects: 1, bytes: 5 });
  assertEquals(await storage("usage"), "1 object, 5 B");
  const prefix = key.slice(0, -1);
  const removal = await crosscomm(["storage", "--port", String(port), "rm", "", prefix, key], { cwd: folder.path });
  assertEquals([removal.code, removal.stdout], [1, `Removed ${key}`]);
  assertStringIncludes(removal.stderr, `the store has no object "", "${prefix}": see`);
  assertEquals(await storage("usage"), "0 objects, 0 B");
  assertEquals(await storage("ls"), "The store is empty.");
  assertEquals(await storage("ls", "--json"), "");
});

Deno.test("storage says where no hub keeps a store", async () => {
  await using folder = await tempFolder();
  const { code, stdout, stderr } = await crosscomm(["storage"], { cwd: folder.path });
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "no hub keeps a store in cross_comm_store: start one there first");
});
