import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
// @ts-types="npm:@types/ali-oss@^6.23.3"
import OSS from "ali-oss";
import { Buffer } from "node:buffer";
import { Gateway } from "../lib/gateway/gateway.ts";
import { DEFAULT_LIMITS } from "../lib/gateway/limits.ts";
import { CrossCommClient, CrossCommError, CrossCommServer } from "../mod.ts";
import { readStorageSettings, TokenFile } from "../server.ts";
import { digestOf, sample, treeOf } from "./files/support/sample.ts";
import { Signer } from "./object_store/signer.ts";
import { run } from "./support/command.ts";
import { bareHub } from "./support/fake_transport.ts";
import { type FileHub, fileHub, heardBy, pathsIn } from "./support/file_hub.ts";
import { gatedStore } from "./support/gated_store.ts";
import { HttpClient } from "./support/http_client.ts";
import { inTime, until } from "./support/inbox.ts";
import { RawClient } from "./support/raw_client.ts";
import { smallDisk } from "./support/small_disk.ts";
import { startHub, tempFolder } from "./support/start_hub.ts";

const MIB = 1024 * 1024;
const OURS = { limits: { frame_bytes: 64 * MIB } };

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, CrossCommError)).code;
}

/** The access key that a hub lends to a client of that name. */
async function grantOf(port: number, clientId: string, login: Record<string, unknown> = OURS) {
  await using client = await RawClient.connect(port);
  const { content: { storage } } = await client.login(clientId, login);
  return {
    bucket: storage.bucket as string,
    accessKeyId: storage.access_key_id as string,
    accessKeySecret: storage.access_key_secret as string,
    expires: storage.expires as number,
  };
}

function ownerOf(hub: FileHub) {
  return readStorageSettings(hub.storeFolder, "127.0.0.1", hub.port);
}

Deno.test("the hub sends files, images and folders, to one and to all", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const inboxes = [ann, bob].map((client) => heardBy(client, { downloadDirectory: hub.path(`in ${client.clientId}`) }));
  const file = await hub.file("f/a", "a");
  for (const [type, path] of [["file", file], ["image", file], ["folder", hub.path("f")]] as const) {
    assertEquals((await hub.server.sendMessage(path, type)).recipients, 2);
    for (const inbox of inboxes) {
      const { content, ossKey, fromClientId, downloadError } = await inbox.next();
      assertEquals([fromClientId, downloadError], ["server", null]);
      assert(ossKey!.startsWith("cross_comm/server/"));
      const path = content as string;
      assertEquals(
        type === "folder" ? await treeOf(path) : await Deno.readTextFile(path),
        type === "folder" ? { a: "a" } : "a",
      );
    }
  }
  await hub.server.sendMessage(file, "file", { toClientId: "ann" });
  await hub.server.sendMessage("to both", "text");
  const types = await Promise.all(inboxes.map(async (inbox) => (await inbox.next()).msgType));
  assertEquals(types, ["file", "text"]);
});

Deno.test("what the hub cannot send as a file, it says", async () => {
  await using hub = await fileHub();
  await using bare = await fileHub({ storeFolder: false });
  const file = await hub.file("f/a", "a");
  const send = (content: unknown, type: string, toClientId?: string, { server } = hub) =>
    codeOf(server.sendMessage(content as string, type as "file", { toClientId }));
  assertEquals(await send(hub.path("nowhere"), "file"), "FILE_NOT_FOUND");
  assertEquals(await send(hub.path("f"), "file"), "FILE_UNREADABLE");
  assertEquals(await send(file, "folder"), "FILE_UNREADABLE");
  assertEquals(await send(file, "file", "nobody"), "UNKNOWN_CLIENT");
  const stored = (await pathsIn(`${hub.storeFolder}/content`)).filter((path) => path.includes("/"));
  assertEquals(stored, [], "nothing is uploaded for somebody who is not known");
  assertEquals(await send(file, "file", undefined, bare), "STORAGE_NOT_CONFIGURED");
  assertEquals(await send(5, "file"), "INVALID_CONTENT");
});

Deno.test("listeners of the hub download, and have done so when it has stopped", async () => {
  await using hub = await fileHub();
  const ann = await hub.login("ann");
  const left = heardBy(hub.server);
  const large = await hub.file("large", sample(40 * MIB));
  await ann.sendMessage(large, "file", { toClientId: "server" });
  const { content, ossKey } = await left.next();
  assertEquals(content, large);
  const heard = heardBy(hub.server, { downloadDirectory: hub.path("in") });
  await using raw = await RawClient.login(hub.port, "raw");
  const frame = { to_client_id: "server", msg_type: "file", content: "as sent", oss_key: ossKey };
  raw.sendFrame(frame);
  const first = await heard.next();
  assertEquals(await digestOf(first.content as string), await digestOf(large));
  raw.sendFrame({ ...frame, oss_key: "../../x" });
  assertEquals((await heard.next()).downloadError?.code, "UNSAFE_KEY");

  for (const name of ["1", "2", "3"]) heardBy(hub.server, { downloadDirectory: hub.path(name) });
  for (let n = 0; n < 5; n++) raw.sendFrame(frame);
  await raw.clients(); // all have arrived
  await hub.server.stop();
  const errors = heard.drain().map(({ downloadError }) => downloadError?.message);
  assertEquals(errors, Array(5).fill(undefined));
  assertEquals(assertThrows(() => hub.server.addr, CrossCommError).code, "NOT_CONNECTED");
});

Deno.test("the hub lends access keys to our clients, and to no deployed one", async () => {
  await using hub = await fileHub();
  await using bare = await fileHub({ storeFolder: false });
  const answerTo = async (port: number, content: unknown) => {
    await using client = await RawClient.connect(port);
    return (await client.login("ann", content)).content;
  };
  for (const content of [{}, "{}", null, { limits: {} }, { storage: true }]) {
    assertEquals(Object.keys(await answerTo(hub.port, content)).includes("storage"), false);
  }
  const { bucket, expires } = await grantOf(hub.port, "ann");
  assertEquals(bucket, "crosscomm");
  const left = expires - Date.now() / 1000;
  assert(left > 3000 && left < 3700, `${left} s`);
  assertEquals((await answerTo(bare.port, OURS)).storage, undefined);
  assertEquals((await (await fetch(`http://127.0.0.1:${bare.port}/crosscomm/x`)).text()).includes("Code"), false);
});

Deno.test("a lent key opens its client's own prefix for writing, and what it knows the name of for reading", async () => {
  await using hub = await fileHub();
  const ann = await hub.login("ann");
  const heard = heardBy(await hub.login("bob"));
  await ann.sendMessage(await hub.file("f/a", "a"), "file");
  const file = (await heard.next()).ossKey!;
  await ann.sendMessage(hub.path("f"), "folder");
  const folder = (await heard.next()).ossKey!;
  const { expires: _, ...key } = await grantOf(hub.port, "mallory");
  const oss = new OSS({ endpoint: `http://127.0.0.1:${hub.port}`, ...key });

  const refused = async (request: () => Promise<unknown>) => {
    assertEquals((await assertRejects(request, Error) as Error & { code: string }).code, "AccessDenied");
  };
  for (const name of [file, "cross_comm/ann/x", "cross_comm/malloryx", "cross_comm/mallory2/x", "x"]) {
    await refused(() => oss.put(name, Buffer.from("x")));
    await refused(() => oss.delete(name));
    await refused(() => oss.copy(name, file));
    await refused(() => oss.initMultipartUpload(name));
  }
  for (const prefix of ["", "cross_comm/", "cross_comm/ann/", "cross_comm/ann", "cross_comm/mallory/"]) {
    await refused(() => oss.listV2({ prefix, "max-keys": 10 }));
  }
  await refused(() => oss.listBuckets({}));
  assertEquals(String((await oss.get(file)).content), "a");
  const { objects } = await oss.listV2({ prefix: folder, "max-keys": 10 });
  assertEquals(objects.map(({ name }) => name), [`${folder}a`]);
  await oss.put("cross_comm/mallory/x", Buffer.from("x"));
  assertEquals(await Deno.readTextFile(await ann.downloadFileManually(file, hub.path("in"))), "a");
});

Deno.test("an access key that is about to end is renewed once, and nobody notices", async () => {
  await using store = await gatedStore();
  let lifetime = 30;
  const lent: string[] = [];
  await using bare = await bareHub({
    grantStorage: (clientId) => {
      lent.push(clientId);
      return { bucket: store.settings.bucket, ...store.store.grant(clientId, lifetime) };
    },
  });
  const gateway = await Gateway.listen(bare.hub, {
    ip: "127.0.0.1",
    port: 0,
    maxUnfinishedBytes: 1e9,
    limits: DEFAULT_LIMITS,
    allowedOrigins: [],
    store: (request) => store.store.handle(request),
  });
  try {
    const port = gateway.addr.port;
    await using ann = new CrossCommClient({ port, clientId: "ann" });
    await using bob = new CrossCommClient({ port, clientId: "bob" });
    await ann.login();
    await bob.login();
    const [annHeard, bobHeard] = [heardBy(ann), heardBy(bob)];
    const path = `${bare.clientsFile}.txt`;
    await Deno.writeTextFile(path, "a");
    lent.splice(0);
    lifetime = 3600;
    const sending = Promise.all([1, 2, 3, 4, 5].map(() => ann.sendMessage(path, "file", { toClientId: "bob" })));
    for (let n = 0; n < 20; n++) {
      await bob.sendMessage(String(n), "text", { toClientId: "ann" });
      assertEquals((await annHeard.next()).content, String(n));
      assertEquals((await ann.listClients()).clients.length, 2);
    }
    await sending;
    assertEquals(lent, ["ann"]);
    for (let n = 0; n < 5; n++) assertEquals((await bobHeard.next()).content, path);
    await ann.sendMessage(path, "file", { toClientId: "bob" });
    await bobHeard.next();
    assertEquals(lent, ["ann"]);
    assert(ann.isConnected);
    assertEquals(bare.hub.onlineClients(), ["ann", "bob"]);
    assertEquals([annHeard.drain(), bobHeard.drain()], [[], []]);
  } finally {
    await bare.hub.stop();
    await gateway.close();
  }
});

Deno.test("a second hub on the folder of a store says so clearly, and leaves the first alone", async () => {
  await using first = await fileHub();
  const clientsFile = first.path("other.yaml");
  await using second = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile, storeFolder: first.storeFolder });
  const error = await assertRejects(() => second.startServer(), CrossCommError);
  assertEquals(error.code, "STORE_UNUSABLE");
  for (const words of [first.storeFolder, "in use by another hub", "storeFolder", "false"]) {
    assertStringIncludes(error.message, words);
  }
  await second.finished;
  const ann = await first.login("ann");
  await ann.sendMessage(await first.file("a", "a"), "file");
  assertEquals(await codeOf(readStorageSettings(first.path("nowhere"), "127.0.0.1")), "STORE_UNUSABLE");
});

Deno.test("a hub that starts again has what was sent before, and takes the keys that it lent", async () => {
  await using first = await fileHub();
  const ann = await first.login("ann");
  const heard = heardBy(await first.login("bob"));
  await ann.sendMessage(await first.file("a", "a"), "file");
  const key = (await heard.next()).ossKey!;
  const lent = await grantOf(first.port, "mallory");
  const owner = await ownerOf(first);
  await first.server.stop();

  await using second = await fileHub({ clientsFile: first.clientsFile, storeFolder: first.storeFolder });
  const bytes = await new Signer(second.port, lent).get(key);
  assertEquals(new TextDecoder().decode(bytes), "a");
  assertEquals((await ownerOf(first)).accessKeySecret, owner.accessKeySecret);
  const carl = await second.login("carl");
  assertEquals(await Deno.readTextFile(await carl.downloadFileManually(key, second.path("in"))), "a");
});

Deno.test("a hub that stops while something is uploaded stops in time, and its store is whole", async () => {
  await using first = await fileHub();
  const signer = new Signer(first.port, await ownerOf(first));
  await (await signer.put("kept", "kept")).body?.cancel();
  const { init } = signer.prepare({ method: "PUT", path: "/crosscomm/half" });
  const headers = Object.entries(init.headers as Record<string, string>).map(([name, value]) => `${name}: ${value}`);
  using client = await HttpClient.connect(first.port);
  await client.send("PUT /crosscomm/half", [...headers, `Content-Length: ${MIB}`], "x".repeat(MIB / 2));
  const contentFiles = async () =>
    (await pathsIn(`${first.storeFolder}/content`)).filter((path) => path.includes("/")).length;
  await until(async () => await contentFiles() === 2, "the upload begins");
  const ann = await first.login("ann");
  const sending = codeOf(ann.sendMessage(await first.file("large", sample(200 * MIB)), "file"));
  await inTime(first.server.stop(), "the hub stops");
  assert(["NOT_CONNECTED", "CONNECTION_LOST", "STORAGE_UNREACHABLE"].includes(await sending), await sending);

  await using second = await fileHub({ clientsFile: first.clientsFile, storeFolder: first.storeFolder });
  const again = new Signer(second.port, await ownerOf(second));
  assertEquals((await again.object("HEAD", "half")).status, 404);
  assertEquals(new TextDecoder().decode(await again.get("kept")), "kept");
  assertEquals(await contentFiles(), 1);
});

Deno.test("a hub whose store is on a full disk says so, keeps nothing of it, and goes on", async () => {
  await using folder = await tempFolder();
  await using disk = await smallDisk(`${folder.path}/disk`, 24 * MIB);
  if (disk === undefined) return;
  const storeFolder = `${folder.path}/disk/store`;
  const contentFiles = async () => (await pathsIn(`${storeFolder}/content`)).filter((path) => path.includes("/"));
  await using hub = await fileHub({ storeFolder });
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const heard = heardBy(bob);
  const [little, small, large] = [
    await hub.file("little", "a"),
    await hub.file("small", sample(6 * MIB)),
    await hub.file("large", sample(40 * MIB)),
  ];
  const refused = async (path: string) => {
    const kept = await contentFiles();
    const error = await assertRejects(() => ann.sendMessage(path, "file", { toClientId: "bob" }), CrossCommError);
    assertEquals(error.code, "STORAGE_FAILED");
    assertStringIncludes(error.message, "The disk of this store is full");
    await until(async () => (await contentFiles()).length === kept.length, "what had arrived is removed");
  };
  const sends = async (path: string) => {
    await ann.sendMessage(path, "file", { toClientId: "bob" });
    const key = (await heard.next()).ossKey!;
    assertEquals(await digestOf(await bob.downloadFileManually(key, hub.path("in"))), await digestOf(path));
  };
  await sends(small);
  await refused(large);
  await sends(small);

  // Not a byte is left: neither for content nor for the catalog.
  const filler = `${folder.path}/disk/filler`;
  await assertRejects(() => Deno.writeFile(filler, new Uint8Array(24 * MIB)));
  await refused(small);
  await refused(little);
  await ann.sendMessage("still here", "text", { toClientId: "bob" });
  assertEquals((await heard.next()).content, "still here");
  await Deno.remove(filler);
  await sends(small);
  await hub.server.stop();
  await using again = await fileHub({ storeFolder });
  assertEquals((await contentFiles()).length, 3 * 2); // of two parts each
  await (await again.login("carl")).sendMessage(await again.file("c", "c"), "file");
});

Deno.test("the storage option goes before the environment, and that before the store of the hub", async () => {
  await using hub = await fileHub();
  await using environment = await gatedStore();
  await using option = await gatedStore();
  const path = await hub.file("a", "a");
  const { endpoint, bucket, accessKeyId, accessKeySecret } = environment.settings;
  const all = {
    OSS_ENDPOINT: endpoint,
    OSS_BUCKET_NAME: bucket,
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET: accessKeySecret,
  };
  const send = (env: Record<string, string>, ...storage: string[]) => {
    const main = new URL("support/send_main.ts", import.meta.url).href;
    return run(Deno.execPath(), ["run", "-A", main, `${hub.port}`, path, ...storage], { env });
  };
  const none = Object.fromEntries(Object.keys(all).map((name) => [name, ""]));
  const objects = () => [environment, option].map(({ store }) => store.usage().objects);
  assertEquals([await send(none), objects()], ["sent", [0, 0]]);
  assertEquals([await send(all), objects()], ["sent", [1, 0]]);
  assertEquals([await send(all, JSON.stringify(option.settings)), objects()], ["sent", [1, 1]]);
  const partial = await send({ ...all, OSS_BUCKET_NAME: " ", OSS_ACCESS_KEY_ID: "" });
  assertStringIncludes(partial, "STORAGE_NOT_CONFIGURED OSS_BUCKET_NAME, OSS_ACCESS_KEY_ID missing");
  assertEquals(objects(), [1, 1]);
});

Deno.test("an access key to the store ends with the token that it was lent for, and with no other", async () => {
  await using folder = await tempFolder();
  const tokens = new TokenFile(`${folder.path}/tokens.json`);
  const [kept, revoked] = [await tokens.create(), await tokens.create()];
  await using hub = await startHub({ tokensFile: tokens.path });
  /** Puts an object under a key that was lent to a client who has logged out. */
  const clientOf = async (clientId: string, token: string) => {
    const signer = new Signer(hub.port, await grantOf(hub.port, clientId, { ...OURS, token }));
    return async () => {
      const response = await signer.put(`cross_comm/${clientId}/x`, "x");
      return response.ok ? await response.text() : /<Code>(.*)<\/Code>/.exec(await response.text())?.[1];
    };
  };
  const [putAsAnn, putAsBob] = [await clientOf("ann", kept.token), await clientOf("bob", revoked.token)];
  assertEquals([await putAsAnn(), await putAsBob()], ["", ""]);
  await tokens.revoke(revoked.id);
  await until(async () => await putAsBob() === "SecurityTokenExpired", "bob's key has ended");
  assertEquals(await putAsAnn(), "");
});
