import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { sendFile } from "../../lib/files/send_file.ts";
import { PART_BYTES } from "../../lib/files/send_object.ts";
import type { Storage } from "../../lib/files/storage.ts";
import { UploadCheckpoints } from "../../lib/files/upload_checkpoints.ts";
import { Command, run } from "../support/command.ts";
import { pathsIn } from "../support/file_hub.ts";
import { until } from "../support/inbox.ts";
import { checked, digestOf, sample } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

const PARTS = 8;
const SIZE = PARTS * PART_BYTES - 1000;
const main = new URL("support/send_main.ts", import.meta.url).href;

/** A program that sends the file, and for which the user's caches, but for Deno's own, are in the folder `cache`. */
async function sender(test: TestStore, permissions: string[] = ["-A"]): Promise<Command> {
  const { denoDir } = JSON.parse(await run(Deno.execPath(), ["info", "--json"]));
  const cache = test.path("cache");
  const args = ["run", "--no-prompt", ...permissions, main];
  const env = { DENO_DIR: denoDir, XDG_CACHE_HOME: cache, HOME: cache, LOCALAPPDATA: cache };
  return new Command(Deno.execPath(), [...args, JSON.stringify(test.settings), test.path("a.bin")], { env });
}

function partsAskedFor(test: TestStore): number {
  return test.requests.filter((request) => request.startsWith("PUT")).length;
}

async function assertArrives(test: TestStore, key: string): Promise<void> {
  const path = await test.transfers("bob").receive("file", key, test.path("in"));
  assertEquals(await digestOf(path), await digestOf(test.path("a.bin")));
}

/** Sends the file in this process; with `failsAt`, the store is no longer reached from that part on. */
async function send(test: TestStore, { clientId = "ann", failsAt = Infinity, place = "here" } = {}): Promise<string> {
  const storage: Storage = Object.create(test.storage, {
    upload: {
      value: async (...args: Parameters<Storage["upload"]>) => {
        const upload = await test.storage.upload(...args);
        return Object.assign(upload, { put: putUntil(failsAt, upload.put) });
      },
    },
  });
  const checkpoints = new UploadCheckpoints(test.path("checkpoints"), () => Promise.resolve([place, clientId]));
  return await sendFile(storage, test.path("a.bin"), "file", clientId, { checkpoints });
}

type Put = Awaited<ReturnType<Storage["upload"]>>["put"];

function putUntil(failsAt: number, put: Put): Put {
  const before: Promise<void>[] = [];
  return async (number, bytes, signal) => {
    if (number < failsAt) return await (before[number] = put(number, bytes, signal));
    await Promise.all(before);
    throw new CrossCommError("STORAGE_UNREACHABLE", "cut off by the test");
  };
}

/** Begins to send the file, until the store is no longer reached. */
async function cutOff(test: TestStore): Promise<void> {
  await Deno.writeFile(test.path("a.bin"), sample(SIZE));
  const error = await assertRejects(() => send(test, { failsAt: 4 }), CrossCommError);
  assertEquals(error.code, "STORAGE_UNREACHABLE");
  assertEquals((await pathsIn(test.path("checkpoints"))).length, 1);
  test.requests.length = 0;
}

Deno.test("an upload whose program was killed goes on at its last part in the next", async () => {
  await using test = await startStore();
  await Deno.writeFile(test.path("a.bin"), sample(SIZE));
  // Six at once are on their way, so that at least two have arrived by then.
  test.proxy.stall("up", 7.5 * PART_BYTES);
  const killed = await sender(test);
  await until(() => test.store.usage().bytes >= 2 * PART_BYTES, "parts have arrived");
  killed.interrupt("SIGKILL");
  await killed.end();
  test.proxy.cutAll();
  test.proxy.goOn();
  const [checkpoint] = (await pathsIn(test.path("cache"))).filter((path) => path.endsWith(".json"));
  const { mode } = await Deno.stat(test.path(`cache/${checkpoint}`));
  if (Deno.build.os !== "windows") assertEquals(mode! & 0o777, 0o600);

  test.requests.length = 0;
  await using next = await sender(test);
  const { code, stdout, stderr } = await next.end();
  assertEquals([code, stderr], [0, ""]);
  assert(partsAskedFor(test) <= PARTS - 2, `${partsAskedFor(test)} parts were sent`);
  assertEquals(test.store.usage(), { objects: 1, bytes: SIZE });
  assertEquals((await pathsIn(test.path("cache"))).filter((path) => path.endsWith(".json")), []);
  await assertArrives(test, stdout);
});

Deno.test("a program that may not write sends a large file all the same, and leaves nothing", async () => {
  await using test = await startStore();
  await Deno.writeFile(test.path("a.bin"), sample(SIZE));
  const permissions = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys=networkInterfaces,osRelease"];
  await using command = await sender(test, permissions);
  const { code, stdout, stderr } = await command.end();
  assertEquals([code, stderr], [0, ""]);
  await assertArrives(test, stdout);
  assertEquals(await pathsIn(test.path("cache")), []);
});

Deno.test("an upload goes on where the store was given up that no longer answered", async () => {
  await using test = await startStore();
  await cutOff(test);
  const key = await send(test);
  assertEquals(partsAskedFor(test), PARTS - 3);
  assertEquals(test.store.usage(), { objects: 1, bytes: SIZE });
  assertEquals(await pathsIn(test.path("checkpoints")), []);
  await assertArrives(test, key);
  test.requests.length = 0;
  assertNotEquals(await send(test), key);
  assertEquals(partsAskedFor(test), PARTS, "it is sent again where it is sent anew");
});

for (
  const [what, prepare, options] of [
    ["of a file that was written to", (test: TestStore) => Deno.writeFile(test.path("a.bin"), sample(SIZE, 2)), {}],
    ["of another client", () => {}, { clientId: "carl" }],
    ["to another place", () => {}, { place: "there" }],
    ["whose checkpoint is damaged", async (test: TestStore) => {
      const [name] = await pathsIn(test.path("checkpoints"));
      await Deno.truncate(test.path(`checkpoints/${name}`), 20);
    }, {}],
  ] as [string, (test: TestStore) => unknown, { clientId?: string; place?: string }][]
) {
  Deno.test(`an upload ${what} begins anew`, async () => {
    await using test = await startStore();
    await cutOff(test);
    await prepare(test);
    const key = await send(test, options);
    assertEquals(partsAskedFor(test), PARTS);
    await assertArrives(test, key);
  });
}

Deno.test("an upload that the store has forgotten begins anew", async () => {
  await using test = await startStore();
  await cutOff(test);
  const { key, uploadId } = await begunIn(test);
  await (await test.storage.upload(key, undefined, uploadId)).abandon();
  assertEquals(test.store.usage().bytes, 0);
  test.requests.length = 0;
  await assertArrives(test, await send(test));
  assertEquals(partsAskedFor(test), PARTS);
});

Deno.test("a part that the store has otherwise than it is now is sent again", async () => {
  await using test = await startStore();
  await cutOff(test);
  const { key, uploadId } = await begunIn(test);
  const upload = await test.storage.upload(key, undefined, uploadId);
  const { signal } = new AbortController();
  await upload.put(1, checked(sample(PART_BYTES, 3)), signal);
  await upload.put(2, checked(sample(PART_BYTES - 1)), signal);
  test.requests.length = 0;
  await assertArrives(test, await send(test));
  assertEquals(partsAskedFor(test), PARTS - 1);
});

Deno.test("who sends a file that somebody else is sending leaves that upload alone", async () => {
  await using test = await startStore();
  await Deno.writeFile(test.path("a.bin"), sample(SIZE));
  const keys = await Promise.all([send(test), send(test), send(test)]);
  assertEquals(new Set(keys).size, 3);
  assertEquals(test.store.usage(), { objects: 3, bytes: 3 * SIZE });
  for (const key of keys) await assertArrives(test, key);
  assertEquals(await pathsIn(test.path("checkpoints")), []);
});

Deno.test("an upload that is given up is not gone on with, and checkpoints that are a week old are removed", async () => {
  await using test = await startStore();
  await cutOff(test);
  const [name] = await pathsIn(test.path("checkpoints"));
  const old = test.path(`checkpoints/${"0".repeat(64)}.json`);
  await Deno.writeTextFile(old, "{}");
  await Deno.utime(old, 1, 1);
  const other = test.path("checkpoints/mine.json");
  await Deno.writeTextFile(other, "{}");
  await Deno.utime(other, 1, 1);
  const checkpoints = new UploadCheckpoints(test.path("checkpoints/."), () => Promise.resolve(["here", "ann"]));
  const abort = new AbortController();
  const onProgress = () => abort.abort();
  const error = await assertRejects(
    () => sendFile(test.storage, test.path("a.bin"), "file", "ann", { checkpoints, onProgress, signal: abort.signal }),
    CrossCommError,
  );
  assertEquals(error.code, "ABORTED");
  assert(name !== undefined);
  assertEquals(await pathsIn(test.path("checkpoints")), ["mine.json"]);
  assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
});

Deno.test("an upload that does not even begin leaves no checkpoint", async () => {
  await using test = await startStore();
  await Deno.writeFile(test.path("a.bin"), sample(SIZE));
  Object.assign(test.settings, { accessKeySecret: "wrong" });
  const error = await assertRejects(() => send(test), CrossCommError);
  assertEquals(error.code, "STORAGE_DENIED");
  assertEquals(await pathsIn(test.path("checkpoints")), []);
});

/** The upload that the only checkpoint is of. */
async function begunIn(test: TestStore): Promise<{ key: string; uploadId: string }> {
  const [name] = await pathsIn(test.path("checkpoints"));
  return JSON.parse(await Deno.readTextFile(test.path(`checkpoints/${name}`)));
}
