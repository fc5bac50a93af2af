import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type AnyMessage, CommMsgType, CrossCommError, type Progress } from "../mod.ts";
import { FaultyProxy } from "./files/support/faulty_proxy.ts";
import { sample, treeOf } from "./files/support/sample.ts";
import { type FileHub, fileHub, heardBy, pathsIn } from "./support/file_hub.ts";
import { type GatedStore, gatedStore } from "./support/gated_store.ts";
import { Inbox } from "./support/inbox.ts";
import { RawClient } from "./support/raw_client.ts";

const MIB = 1024 * 1024;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, CrossCommError)).code;
}

/** A client that sends, and one that receives, through a store whose downloads can be held. */
async function through(store: GatedStore, hub: FileHub) {
  const options = { storage: store.settings, reconnect: false };
  return [await hub.login("ann", options), await hub.login("bob", options)] as const;
}

/** Has somebody whose SDK is not ours send file messages with this key. */
async function sendKey(hub: FileHub, key: string, msgType = "file", count = 1): Promise<void> {
  await using mallory = await RawClient.login(hub.port, "mallory");
  const frame = { to_client_id: "all", msg_type: msgType, content: "as sent", oss_key: key };
  for (let n = 0; n < count; n++) mallory.sendFrame(frame);
  await mallory.clients();
}

Deno.test("who names a directory gets a path there, and who names none what the sender wrote, and the key", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const [with_, without] = [heardBy(bob, { downloadDirectory: hub.path("in") }), heardBy(bob)];
  const file = await hub.file("f/a b.txt", "a");
  for (
    const [type, path, tree] of [
      ["file", file, "a"],
      ["image", file, "a"],
      ["folder", hub.path("f"), { "a b.txt": "a" }],
    ] as const
  ) {
    const { msgId } = await ann.sendMessage(path, type, { toClientId: "bob" });
    const [got, left] = [await with_.next(), await without.next()];
    for (const message of [got, left]) {
      assertEquals([message.msgId, message.msgType, message.fromClientId], [msgId, type, "ann"]);
      assertEquals([message.ossKey, message.downloadError], [left.ossKey, null]);
    }
    assertEquals(left.content, path);
    assertEquals(got.content, hub.path(`in/${left.ossKey}`.replace(/\/$/, "")));
    const path_ = got.content as string;
    assertEquals(type === "folder" ? await treeOf(path_) : await Deno.readTextFile(path_), tree);
  }
});

Deno.test("a file is downloaded once for each directory, and each listener gets its path", async () => {
  await using store = await gatedStore();
  await using hub = await fileHub({ storeFolder: false });
  const [ann, bob] = await through(store, hub);
  const inboxes = ["in", "in", "other", "in/../in"].map((name) =>
    heardBy(bob, { downloadDirectory: `${hub.path(".")}/${name}` })
  );
  const release = store.hold();
  await ann.sendMessage(await hub.file("a", "a"), "file");
  const key = await store.asked.next();
  assertEquals(await store.asked.next(), key);
  release();
  const paths = await Promise.all(inboxes.map(async (inbox) => (await inbox.next()).content));
  assertEquals(paths, ["in", "in", "other", "in"].map((name) => hub.path(`${name}/${key}`)));
  assertEquals(store.downloads, [key, key]);
});

Deno.test("each listener hears how far the download is that it gets a message of", async () => {
  await using store = await gatedStore();
  await using hub = await fileHub({ storeFolder: false });
  const [ann, bob] = await through(store, hub);
  const told: Record<string, [Progress, msgId: string][]> = { first: [], second: [] };
  const inboxes = Object.values(told).map((list) =>
    heardBy(bob, {
      downloadDirectory: hub.path("in"),
      onProgress: (progress, { msgId }) => {
        list.push([progress, msgId]);
        if (list.length === 1) throw new Error("this is no failure of the download");
      },
    })
  );
  const size = 3 * MIB;
  const { msgId } = await ann.sendMessage(await hub.file("a", "a".repeat(size)), "file");
  for (const inbox of inboxes) assertEquals((await inbox.next()).downloadError, null);
  for (const list of Object.values(told)) {
    const [{ doneBytes, totalBytes }, of] = list.at(-1)!;
    assertEquals([doneBytes, totalBytes, of], [size, size, msgId]);
    assert(list[0]![0].doneBytes < size);
  }
});

for (const type of ["file", "folder"] as const) {
  Deno.test(`a listener that was busy when others got a ${type} gets what they got`, async () => {
    await using store = await gatedStore();
    await using hub = await fileHub({ storeFolder: false });
    const [ann, bob] = await through(store, hub);
    const gate = Promise.withResolvers<void>();
    const late = new Inbox<AnyMessage>();
    bob.messageListener({ downloadDirectory: hub.path("in") })(async (message) => {
      late.push(message);
      await gate.promise;
    });
    const heard = heardBy(bob, { downloadDirectory: hub.path("in") });
    await ann.sendMessage("wait", "text");
    await late.next();
    await hub.file("f/a", "a");
    await ann.sendMessage(hub.path(type === "file" ? "f/a" : "f"), type);
    const { content } = await heard.next(({ msgType }) => msgType === type);
    gate.resolve();
    assertEquals((await late.next()).content, content);
    assertEquals((await pathsIn(hub.path("in"))).filter((path) => path.includes("(2)")), []);
  });
}

Deno.test("messages keep their order at a listener, and do not wait at one who downloads nothing", async () => {
  await using store = await gatedStore();
  await using hub = await fileHub({ storeFolder: false });
  const [ann, bob] = await through(store, hub);
  const [with_, without] = [heardBy(bob, { downloadDirectory: hub.path("in") }), heardBy(bob)];
  const release = store.hold();
  const ids: string[] = [];
  for (const content of [await hub.file("large", sample(20 * MIB)), await hub.file("small", "")]) {
    ids.push((await ann.sendMessage(content, "file")).msgId, (await ann.sendMessage(content, "text")).msgId);
  }
  const orderOf = async (inbox: Inbox<AnyMessage>) => {
    const order: string[] = [];
    while (order.length < ids.length) order.push((await inbox.next()).msgId);
    return order;
  };
  assertEquals(await orderOf(without), ids);
  assertEquals(with_.drain(), []);
  release();
  assertEquals(await orderOf(with_), ids);
});

for (const how of ["logout", "stop", "the hub's end"]) {
  Deno.test(`a download that is under way at ${how} is not lost, nor what waits behind it`, async () => {
    await using store = await gatedStore();
    await using hub = await fileHub({ storeFolder: false });
    const [ann, bob] = await through(store, hub);
    const files = bob.messages({ msgType: CommMsgType.FILE, downloadDirectory: hub.path("in") });
    const release = store.hold();
    for (const name of ["1", "2", "3"]) await ann.sendMessage(await hub.file(name, name), "file");
    await store.asked.next();
    await ann.listClients();
    await bob.listClients(); // all have arrived
    const finished = bob.finished.catch(() => {});
    const ended = how === "logout" ? bob.logout() : how === "stop" ? bob.stop() : hub.server.stop();
    await finished;
    release();
    assertEquals(await Array.fromAsync(files, ({ content }) => Deno.readTextFile(content)), ["1", "2", "3"]);
    await ended;
  });
}

Deno.test("what has arrived when a client stops is still downloaded from the store of the hub", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const heard = heardBy(bob);
  await ann.sendMessage(await hub.file("large", sample(40 * MIB)), "file");
  const { ossKey } = await heard.next();
  const files = bob.messages({ msgType: CommMsgType.FILE, downloadDirectory: hub.path("in") });
  const count = 20;
  await sendKey(hub, ossKey!, "file", count);
  await bob.listClients(); // all have arrived
  await bob.stop();
  const errors = await Array.fromAsync(files, ({ downloadError }) => downloadError?.message);
  assertEquals(errors, Array(count).fill(undefined));
});

Deno.test("what cannot be downloaded still reaches its listener, with the reason", async () => {
  await using store = await gatedStore();
  await using hub = await fileHub();
  const ann = await hub.login("ann");
  const downloadDirectory = hub.path("in");
  const reasons = {
    bob: "OBJECT_NOT_FOUND",
    wrong: "STORAGE_DENIED",
    none: "STORAGE_NOT_CONFIGURED",
    elsewhere: "OBJECT_NOT_FOUND",
  };
  await using bare = await fileHub({ storeFolder: false });
  const inboxes = {
    bob: heardBy(await hub.login("bob"), { downloadDirectory }),
    wrong: heardBy(await hub.login("wrong", { storage: { ...store.settings, accessKeySecret: "x" } }), {
      downloadDirectory,
    }),
    none: heardBy(await bare.login("none"), { downloadDirectory }),
    elsewhere: heardBy(await hub.login("elsewhere", { storage: store.settings }), { downloadDirectory }),
  };
  for (const at of [hub, bare]) {
    await sendKey(at, "cross_comm/mallory/1732250000000_0123abcd_a.txt");
    await sendKey(at, "cross_comm/mallory/1732250000000_0123abcd_f/", "folder");
  }
  for (const [name, inbox] of Object.entries(inboxes)) {
    for (const type of ["file", "folder"]) {
      const { msgType, content, downloadError } = await inbox.next();
      assertEquals([msgType, content], [type as "file", "as sent"]);
      assert(downloadError instanceof CrossCommError);
      assertEquals(downloadError.code, reasons[name as keyof typeof reasons], name);
    }
  }
  await ann.sendMessage("fine", "text");
  assertEquals((await inboxes.bob.next()).content, "fine");
  assertEquals(await pathsIn(downloadDirectory), []);
});

Deno.test("hostile keys write nothing, and their messages come all the same", async () => {
  await using hub = await fileHub();
  const bob = await hub.login("bob");
  const heard = heardBy(bob, { downloadDirectory: hub.path("in/deep") });
  const keys = [
    "../../x",
    "..",
    "a/../../../x",
    "/etc/x",
    "/",
    "a\0b",
    "a//b",
    "C:/x",
    "a\\..\\..\\x",
    "./x",
    " /x",
    "\0",
  ];
  for (const key of keys) {
    for (
      const [type, suffix] of [["file", ""], ["image", ""], ["folder", ""], ["folder", "/"], ["folder", "/x.tar.gz"]]
    ) {
      await sendKey(hub, key + suffix, type);
      const { ossKey, content, downloadError } = await heard.next();
      assertEquals([ossKey, content], [key + suffix, "as sent"]);
      assertEquals(downloadError?.code, "UNSAFE_KEY", `${type} ${JSON.stringify(key + suffix)}: ${downloadError}`);
      await assertRejects(() => bob.downloadFileManually(key + suffix, hub.path("in/deep")), CrossCommError);
    }
  }
  assertEquals(await pathsIn(hub.path("in")), []);
  assertEquals((await pathsIn(hub.path(""))).filter((path) => /(^|\/)x/.test(path)), []);
});

Deno.test("downloadFileManually fetches files and folders, and says what is missing", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const heard = heardBy(bob);
  await hub.file("f/sub/a", "a");
  await Deno.mkdir(hub.path("f/empty"));
  const keyOf = async (path: string, type: "file" | "folder", folderFormat?: "tar") => {
    await ann.sendMessage(hub.path(path), type, { folderFormat });
    return (await heard.next()).ossKey!;
  };
  const key = await keyOf("f/sub/a", "file");
  for (let n = 0; n < 2; n++) assertEquals(await bob.downloadFileManually(key, hub.path("in")), hub.path(`in/${key}`));
  const folder = await bob.downloadFileManually(await keyOf("f", "folder"), hub.path("in"));
  assertEquals(await treeOf(folder), { "sub/": undefined, "sub/a": "a", "empty/": undefined });
  const tar = await bob.downloadFileManually(await keyOf("f", "folder", "tar"), hub.path("in"));
  assert((await Deno.stat(tar)).isFile);

  const before = await pathsIn(hub.path("in"));
  assertEquals(await codeOf(bob.downloadFileManually(`${key}x`, hub.path("in"))), "OBJECT_NOT_FOUND");
  assertEquals(await codeOf(bob.downloadFileManually(`${key}x/`, hub.path("in"))), "OBJECT_NOT_FOUND");
  assertEquals(await codeOf(bob.downloadFileManually("", hub.path("in"))), "INVALID_ARGUMENT");
  assertEquals(await codeOf(bob.downloadFileManually(key, " ")), "INVALID_ARGUMENT");
  assertEquals(await codeOf(bob.downloadFileManually(key, hub.path("f/sub/a"))), "WRITE_FAILED");
  const limits = { maxBytes: 0 };
  assertEquals(await codeOf(bob.downloadFileManually(key, hub.path("in"), { limits })), "LIMIT_EXCEEDED");
  assertEquals(await pathsIn(hub.path("in")), before);
});

Deno.test("progress is told up and down, and ends with all bytes and files", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const heard = heardBy(bob);
  for (const name of ["f/a", "f/b"]) await hub.file(name, sample(10 * MIB));
  for (const [path, type, files] of [["f/a", "file", undefined], ["f", "folder", 2]] as const) {
    const [up, down]: Progress[][] = [[], []];
    await ann.sendMessage(hub.path(path), type, { onProgress: (progress) => up!.push(progress) });
    const { ossKey } = await heard.next();
    await bob.downloadFileManually(ossKey!, hub.path("in"), { onProgress: (progress) => down!.push(progress) });
    const totalBytes = (files ?? 1) * 10 * MIB;
    for (const told of [up!, down!]) {
      const done = told.map(({ doneBytes }) => doneBytes);
      assertEquals(done, done.toSorted((a, b) => a - b));
      const { bytesPerSecond, ...last } = told.at(-1)!;
      assert(bytesPerSecond > 0);
      assertEquals(last, { doneBytes: totalBytes, totalBytes, ...files && { doneFiles: files, totalFiles: files } });
    }
  }
});

Deno.test("a signal gives up an upload: nothing is in the store, and no message is sent", async () => {
  await using store = await gatedStore();
  await using hub = await fileHub({ storeFolder: false });
  const [ann, bob] = await through(store, hub);
  const heard = heardBy(bob);
  await hub.file("f/large", sample(40 * MIB));
  for (const [path, type] of [["f/large", "file"], ["f", "folder"]] as const) {
    for (const folderFormat of ["objects", "tar"] as const) {
      const abort = new AbortController();
      const options = { signal: abort.signal, onProgress: () => abort.abort("enough"), folderFormat };
      const error = await assertRejects(() => ann.sendMessage(hub.path(path), type, options), CrossCommError);
      assertEquals([error.code, error.cause], ["ABORTED", "enough"]);
    }
  }
  const gone = AbortSignal.abort();
  assertEquals(await codeOf(ann.sendMessage(hub.path("f/large"), "file", { signal: gone })), "ABORTED");
  await ann.sendMessage("after it", "text");
  assertEquals((await heard.next()).content, "after it");
  assertEquals(store.store.usage(), { objects: 0, bytes: 0 });
});

Deno.test("a signal that fires when the last of an upload is told of keeps the message from being sent", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const heard = heardBy(bob);
  const path = await hub.file("small", "hello");
  const abort = new AbortController();
  const options = { signal: abort.signal, onProgress: () => abort.abort("enough") };
  const error = await assertRejects(() => ann.sendMessage(path, "file", options), CrossCommError);
  assertEquals([error.code, error.cause], ["ABORTED", "enough"]);
  await ann.sendMessage("after it", "text");
  assertEquals((await heard.next()).content, "after it");
});

Deno.test("a signal gives up a download, and leaves nothing half-written", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const heard = heardBy(bob);
  await hub.file("f/large", sample(40 * MIB));
  for (const [path, type] of [["f/large", "file"], ["f", "folder"]] as const) {
    await ann.sendMessage(hub.path(path), type);
    const { ossKey } = await heard.next();
    const abort = new AbortController();
    const options = { signal: abort.signal, onProgress: () => abort.abort() };
    assertEquals(await codeOf(bob.downloadFileManually(ossKey!, hub.path("in"), options)), "ABORTED");
    assertEquals(await codeOf(bob.downloadFileManually(ossKey!, hub.path("in"), options)), "ABORTED");
  }
  assertEquals(await pathsIn(hub.path("in")), []);
});

Deno.test("what cannot be sent is refused, and no message is sent", async () => {
  await using hub = await fileHub();
  const [ann, bob] = [await hub.login("ann"), await hub.login("bob")];
  const heard = heardBy(bob);
  const file = await hub.file("f/a", "a");
  const send = (path: unknown, type: "file" | "image" | "folder") => codeOf(ann.sendMessage(path as string, type));
  for (const type of ["file", "image", "folder"] as const) {
    assertEquals(await send(hub.path("nowhere"), type), "FILE_NOT_FOUND");
    assertEquals(await send(type === "folder" ? file : hub.path("f"), type), "FILE_UNREADABLE");
    assertEquals(await send(5, type), "INVALID_CONTENT");
    if (Deno.build.os !== "windows") assertEquals(await send("/dev/null", type), "FILE_UNREADABLE");
    // It says that it is empty, and is not.
    if (Deno.build.os === "linux") assertEquals(await send("/proc/version", type), "FILE_UNREADABLE");
  }
  if (Deno.build.os !== "windows" && Deno.uid() !== 0) { // root reads everything
    await Deno.chmod(file, 0);
    assertEquals(await send(file, "file"), "FILE_UNREADABLE");
    assertEquals(await send(hub.path("f"), "folder"), "FILE_UNREADABLE");
  }
  await ann.sendMessage("after it", "text");
  assertEquals((await heard.next()).content, "after it");
  await ann.logout();
  assertEquals(await send(file, "file"), "NOT_CONNECTED");
});

Deno.test("a file that is too large for a store, or for the room that is left in it, is refused with the limit", async () => {
  for (
    const [limit, named] of [["maxObjectBytes", "allowed size"], ["maxStoreBytes", "is full: it may hold"]] as const
  ) {
    await using hub = await fileHub({ [limit]: 2 * MIB });
    const ann = await hub.login("ann");
    const send = async (size: number) => await ann.sendMessage(await hub.file("a", sample(size)), "file");
    const error = await assertRejects(() => send(3 * MIB), CrossCommError);
    assertEquals(error.code, "STORAGE_FAILED");
    assertStringIncludes(error.message, named);
    assertStringIncludes(error.message, `${2 * MIB} bytes`);
    await send(MIB);
  }
});

Deno.test("a file that is sent while the connection is lost waits for it to come back", async () => {
  await using hub = await fileHub();
  const line = new FaultyProxy(hub.port);
  const ann = await hub.login("ann", { port: line.port });
  const bob = await hub.login("bob");
  const files = bob.messages({ msgType: CommMsgType.FILE, downloadDirectory: hub.path("in") });
  line.cutAll();
  for await (const { state } of ann.status()) if (state === "lost") break;
  const path = await hub.file("late.txt", "better late than never");
  const timeout = 20;
  assertEquals((await ann.sendMessage(path, "file", { toClientId: "bob", timeout })).status, "delivered");
  assertEquals(await Deno.readTextFile((await files.next()).value!.content), "better late than never");
  await ann.stop();
  await line.stop();
});

Deno.test("a file that is uploaded when the connection has ended is not told of, and the error says what ended it", async () => {
  await using hub = await fileHub();
  await using store = await gatedStore("PUT");
  const [ann] = await through(store, hub);
  const release = store.hold();
  const sending = ann.sendMessage(await hub.file("a.txt", "a"), CommMsgType.FILE);
  await store.asked.next();
  const ended = assertRejects(() => ann.finished);
  await hub.server.stop();
  await ended;
  release();
  const { code, message } = await assertRejects(() => sending, CrossCommError);
  assertEquals(code, "NOT_CONNECTED");
  assertStringIncludes(message, `not logged in any more: the connection to ${ann.url} has ended`);
});
