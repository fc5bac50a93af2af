import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FileTransfers } from "../../lib/files/file_transfers.ts";
import { OssStorage } from "../../lib/files/oss_storage.ts";
import { receiveFile } from "../../lib/files/receive_file.ts";
import { sendFile } from "../../lib/files/send_file.ts";
import { PART_BYTES } from "../../lib/files/send_object.ts";
import { Gateway } from "../../lib/gateway/gateway.ts";
import type { HttpHandler } from "../../lib/gateway/http_exchange.ts";
import { DEFAULT_LIMITS } from "../../lib/gateway/limits.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { bareHub } from "../support/fake_transport.ts";
import { hollowDisk, smallDisk } from "../support/small_disk.ts";
import { BUSY } from "./support/faulty_proxy.ts";
import { checked, digestOf, sample, treeOf } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

const MIB = 1024 * 1024;

/** All files below a folder, if it is there. */
async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) files.push(...await filesIn(`${folder}/${name}`));
      else files.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

async function sent(test: TestStore, size: number): Promise<string> {
  await Deno.writeFile(test.path("a.bin"), sample(size));
  return await test.transfers("ann").send("file", test.path("a.bin"));
}

Deno.test("an upload whose connections break continues, and does not send again what had arrived", async () => {
  await using test = await startStore();
  test.proxy.cut("up", 3 * MIB, 15 * MIB, 15 * MIB);
  const key = await sent(test, 60 * MIB);
  assertEquals(test.proxy.harm, 3);
  const parts = test.requests.filter((request) => request.startsWith("PUT")).length;
  assert(parts >= 8 && parts <= 8 + 3 * 4, `${parts} requests for 8 parts`);
  const path = await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
});

Deno.test("a download whose connection breaks continues where it was", async () => {
  await using test = await startStore();
  const key = await sent(test, 30 * MIB);
  test.proxy.cut("down", 5 * MIB, 7 * MIB, 9 * MIB);
  const path = await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(test.proxy.harm, 3);
  assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
  assertEquals((await filesIn(test.path("in"))).length, 1);
});

Deno.test("of each request the first answer is cut off, though the store did what it asked: all arrives, and once", async () => {
  await using test = await startStore();
  const asked = new Set<string>();
  await using bare = await bareHub();
  const store: HttpHandler = async (request) => {
    const answer = await test.store.handle(request);
    const what = `${request.method} ${request.url}`;
    if (asked.has(what)) return answer;
    asked.add(what);
    const bytes = await answer.bytes();
    return new Response(half(bytes), answer);
  };
  const listening = {
    ip: "127.0.0.1",
    port: 0,
    maxUnfinishedBytes: 1e9,
    limits: DEFAULT_LIMITS,
    allowedOrigins: [],
    store,
  };
  const gateway = await Gateway.listen(bare.hub, listening);
  const settings = { ...test.settings, endpoint: `127.0.0.1:${gateway.addr.port}` };
  const transfers = new FileTransfers(() => settings, "ann");
  try {
    await Deno.mkdir(test.path("f/empty"), { recursive: true });
    for (const name of ["1", "2", "3"]) await Deno.writeTextFile(test.path(`f/${name}`), `content of ${name}`);
    await Deno.writeFile(test.path("a.bin"), sample(9 * MIB));
    const file = await transfers.send("file", test.path("a.bin"));
    const folder = await transfers.send("folder", test.path("f"));
    assertEquals(test.store.usage().objects, 5);
    assertEquals(
      await digestOf(await transfers.receive("file", file, test.path("in"))),
      await digestOf(test.path("a.bin")),
    );
    assertEquals(
      await treeOf(await transfers.receive("folder", folder, test.path("in"))),
      await treeOf(test.path("f")),
    );
    for (const method of ["POST", "PUT", "GET"]) assert([...asked].some((what) => what.startsWith(method)), method);
  } finally {
    await gateway.close();
  }
});

/** The first half, and no more though more was promised. */
function half(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      if (bytes.length > 1) controller.enqueue(bytes.slice(0, bytes.length / 2));
      controller.error(new Error("cut off by the test"));
    },
  }, { highWaterMark: 0 });
}

Deno.test("a store that is busy for a moment is asked again", async () => {
  await using test = await startStore();
  test.proxy.answers = [BUSY, BUSY];
  const key = await sent(test, 3);
  test.proxy.cutAll();
  test.proxy.answers = [BUSY, BUSY];
  await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(test.proxy.harm, 4);
});

Deno.test("a store that stays busy is given up, and nothing is left", async () => {
  await using test = await startStore();
  const key = await sent(test, 3);
  test.proxy.cutAll();
  test.proxy.answers = Array(100).fill(BUSY);
  const error = await assertRejects(
    () => test.transfers("bob").receive("file", key, test.path("in")),
    CrossCommError,
  );
  assertEquals(error.code, "STORAGE_UNREACHABLE");
  assertStringIncludes(error.message, "503");
  assertEquals(await filesIn(test.path("in")), []);
});

Deno.test("a slow store is waited for while something comes", async () => {
  await using test = await startStore();
  const key = await sent(test, 20_000);
  test.proxy.cutAll();
  test.proxy.trickle = 7;
  const path = await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
});

for (const [what, size, afterBytes] of [["part", 20 * MIB, 9 * MIB], ["small file", 1000, 20]] as const) {
  Deno.test(`an upload that stands still in a ${what} goes on over another connection`, async () => {
    await using test = await startStore();
    await Deno.writeFile(test.path("a.bin"), sample(size));
    // A part that the system has taken over whole gets time for its bytes: here a second and a half.
    const storage = new OssStorage(() => test.settings, { silenceMs: 500, bytesPerSecond: 8 * MIB });
    test.proxy.stall("up", afterBytes, 1);
    const key = await sendFile(storage, test.path("a.bin"), "file", "ann");
    assertEquals(test.proxy.harm, 1);
    const path = await test.transfers("bob").receive("file", key, test.path("in"));
    assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
  });
}

Deno.test("a download that stands still goes on over another connection", async () => {
  await using test = await startStore();
  const key = await sent(test, 30 * MIB);
  const storage = new OssStorage(() => test.settings, { silenceMs: 500, bytesPerSecond: 8 * MIB });
  test.proxy.stall("down", 9 * MIB, 1);
  const path = await receiveFile(storage, key, test.path("in"));
  assertEquals(test.proxy.harm, 1);
  assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
});

for (
  const [what, type, folderFormat] of [
    ["file", "file", "objects"],
    ["folder", "folder", "objects"],
    ["tar archive", "folder", "tar"],
  ] as const
) {
  Deno.test(`a ${what} that is given up while it arrives leaves nothing behind, no folder either`, async () => {
    await using test = await startStore();
    await Deno.mkdir(test.path("folder"));
    await Deno.writeFile(test.path("folder/a.bin"), sample(30 * MIB));
    const source = type === "file" ? "folder/a.bin" : "folder";
    const key = await test.transfers("ann").send(type, test.path(source), { folderFormat });
    const abort = new AbortController();
    const error = await assertRejects(
      () =>
        test.transfers("bob").receive(type, key, test.path("in"), {
          signal: abort.signal,
          onProgress: () => abort.abort(),
        }),
      CrossCommError,
    );
    assertEquals(error.code, "ABORTED");
    assertEquals(Array.from(Deno.readDirSync(test.path("in"))), []);
  });
}

Deno.test("a file that is given up while it is sent is no object", async () => {
  await using test = await startStore();
  await Deno.writeFile(test.path("a.bin"), sample(60 * MIB));
  const abort = new AbortController();
  const error = await assertRejects(
    () =>
      test.transfers("ann").send("file", test.path("a.bin"), {
        signal: abort.signal,
        onProgress: () => abort.abort(),
      }),
    CrossCommError,
  );
  assertEquals(error.code, "ABORTED");
  assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
});

Deno.test("one of two who share a download can give it up", async () => {
  await using test = await startStore();
  const key = await sent(test, 30 * MIB);
  const transfers = test.transfers("bob");
  const abort = new AbortController();
  const given = transfers.receive("file", key, test.path("in"), {
    signal: abort.signal,
    onProgress: () => abort.abort(),
  });
  const kept = transfers.receive("file", key, test.path("in"));
  assertEquals((await assertRejects(() => given, CrossCommError)).code, "ABORTED");
  assertEquals(await digestOf(await kept), await digestOf(test.path("a.bin")));
});

for (
  const [how, change] of [
    ["grows", (path: string) => Deno.writeFile(path, sample(9), { append: true })],
    ["shrinks", (path: string) => Deno.truncate(path, 20 * MIB)],
    ["is written to", (path: string) => Deno.utime(path, 1, 1)],
  ] as const
) {
  Deno.test(`a file that ${how} while it is sent is an error and no object`, async () => {
    await using test = await startStore();
    const path = test.path("a.bin");
    await Deno.writeFile(path, sample(40 * MIB));
    let change1: Promise<void> | undefined;
    const error = await assertRejects(
      () => test.transfers("ann").send("file", path, { onProgress: () => void (change1 ??= change(path)) }),
      CrossCommError,
    );
    await change1;
    assertEquals(error.code, "FILE_CHANGED");
    assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
  });
}

Deno.test("a part of which a byte changes on the way to the store is sent again", async () => {
  await using test = await startStore();
  test.proxy.flip("up", 2 * PART_BYTES + 100_000);
  const key = await sent(test, 4 * PART_BYTES + 1);
  assertEquals(test.proxy.harm, 1);
  const parts = test.announced.filter((size) => size === PART_BYTES);
  assertEquals(parts.length, 5, "one of four goes twice");
  const path = await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
});

Deno.test("so is a small file", async () => {
  await using test = await startStore();
  test.proxy.flip("up", 100_000);
  const key = await sent(test, 200_000);
  assertEquals(test.proxy.harm, 1);
  const path = await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
});

Deno.test("a store that makes something else of the parts is no place to send to", async () => {
  await using test = await startStore();
  const upload = await test.storage.upload("cross_comm/x/1_a");
  await upload.put(1, checked(sample(10)), new AbortController().signal);
  const error = await assertRejects(() => upload.complete({ size: 10, crc64: 1n }), CrossCommError);
  assertEquals(error.code, "FILE_DAMAGED");
});

Deno.test("an object that is no longer what was sent is not kept", async () => {
  await using test = await startStore();
  await test.storage.put("cross_comm/x/1_a", checked(sample(10)));
  const content = test.path("store/content");
  const [name] = await filesIn(content);
  await Deno.writeFile(`${content}/${name!.slice(0, 2)}/${name}`, sample(10, 2));
  const error = await assertRejects(
    () => test.transfers("bob").receive("file", "cross_comm/x/1_a", test.path("in")),
    CrossCommError,
  );
  assertEquals(error.code, "FILE_DAMAGED");
  assertEquals(await filesIn(test.path("in")), []);
});

Deno.test("a download of what the store has lost a part of fails at once, says so, and leaves nothing", async () => {
  await using test = await startStore();
  const key = await sent(test, 2 * PART_BYTES + 1);
  const content = test.path("store/content");
  const paths = (await filesIn(content)).map((name) => `${content}/${name.slice(0, 2)}/${name}`);
  await Deno.remove(paths.find((path) => Deno.statSync(path).size === 1)!); // the last part
  const error = await assertRejects(
    () => test.transfers("bob").receive("file", key, test.path("in")),
    CrossCommError,
    "has lost content of this object: have it sent again",
  );
  assertEquals(error.code, "FILE_DAMAGED");
  assertEquals(await filesIn(test.path("in")), []);
});

Deno.test("an object of another SDK is checked by the store's own checksum", async () => {
  await using test = await startStore();
  const upload = await test.storage.upload("java_1_a.bin");
  await upload.put(1, checked(sample(MIB)), new AbortController().signal);
  await upload.complete({ size: MIB, crc64: checked(sample(MIB)).crc64 });
  const path = await test.transfers("bob").receive("file", "java_1_a.bin", test.path("in"));
  assertEquals((await Deno.stat(path)).size, MIB);
  // It is known again by that checksum alone.
  assertEquals(await test.transfers("bob").receive("file", "java_1_a.bin", test.path("in")), path);
});

Deno.test("of two uploads of one key at once the last to be complete is there, whole", async () => {
  await using test = await startStore();
  const key = "cross_comm/x/1_a";
  const contents = [sample(9 * MIB, 1), sample(9 * MIB, 2)];
  const uploads = await Promise.all(contents.map(() => test.storage.upload(key)));
  const { signal } = new AbortController();
  for (const [number, at] of [[2, 4 * MIB], [1, 0], [3, 8 * MIB]] as const) {
    const part = (index: number) => contents[index]!.subarray(at, at + 4 * MIB);
    await Promise.all(uploads.map((upload, index) => upload.put(number, checked(part(index)), signal)));
  }
  for (const index of [1, 0]) {
    const { bytes, crc64 } = checked(contents[index]!);
    await uploads[index]!.complete({ size: bytes.length, crc64 });
  }
  const path = await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(await Deno.readFile(path), contents[0]);
  assertEquals(test.store.usage(), { objects: 1, bytes: 9 * MIB });
});

Deno.test("a wrong secret, bucket or address is told apart", async () => {
  await using test = await startStore();
  await Deno.writeTextFile(test.path("a"), "a");
  const { settings } = test;
  const good = { ...settings };
  const send = async () =>
    await assertRejects(() => test.transfers("ann").send("file", test.path("a")), CrossCommError);
  Object.assign(settings, { accessKeySecret: "wrong" });
  let error = await send();
  assertEquals(error.code, "STORAGE_DENIED");
  assertStringIncludes(error.message, "OSS_ACCESS_KEY_SECRET");
  Object.assign(settings, good, { bucket: "another" });
  error = await send();
  assertEquals(error.code, "STORAGE_FAILED");
  assertStringIncludes(error.message, "OSS_BUCKET_NAME");
  Object.assign(settings, good, { endpoint: "what ever" });
  assertEquals((await send()).code, "STORAGE_NOT_CONFIGURED");
});

for (
  const [disk, size, mount] of [
    ["a full disk", 4 * MIB, (path: string) => smallDisk(path, MIB)],
    ["a disk that fails when what has arrived is brought to it", 80 * MIB, (path: string) => {
      return hollowDisk(path, 256 * MIB, 32 * MIB);
    }],
  ] as const
) {
  Deno.test(`${disk} is told, and nothing is left`, async () => {
    await using test = await startStore();
    const key = await sent(test, size);
    await using mounted = await mount(test.path("disk"));
    if (mounted === undefined) return;
    const error = await assertRejects(
      () => test.transfers("bob").receive("file", key, test.path("disk")),
      CrossCommError,
    );
    assertEquals(error.code, "WRITE_FAILED");
    assertStringIncludes(error.message, "make room");
    assertEquals(await filesIn(test.path("disk")), []);
  });
}
