import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { CheckedBytes } from "../../lib/files/checked_bytes.ts";
import { PART_BYTES } from "../../lib/files/send_object.ts";
import { sendFolder } from "../../lib/files/send_folder.ts";
import type { Storage } from "../../lib/files/storage.ts";
import { UploadCheckpoints } from "../../lib/files/upload_checkpoints.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { Command, run } from "../support/command.ts";
import { pathsIn } from "../support/file_hub.ts";
import { until } from "../support/inbox.ts";
import { sample, treeOf } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

const FILES = 60;
const PARTS = 4;

/** A folder with small files, one that goes in one request and has no MD5 in the store, and one that goes in parts. */
async function makeFolder(test: TestStore): Promise<void> {
  await Deno.mkdir(test.path("f/sub"), { recursive: true });
  await Deno.mkdir(test.path("f/empty"));
  for (let index = 0; index < FILES; index++) await Deno.writeTextFile(test.path(`f/sub/${index}`), `file ${index}`);
  await Deno.writeFile(test.path("f/sub/middle"), sample(1_500_000));
  await Deno.writeFile(test.path("f/sub/large"), sample(PARTS * PART_BYTES - 1000));
}

/** What is asked of the store in the test: the last segments of the keys that are written. */
function written(test: TestStore): string[] {
  return test.requests.filter((request) => request.startsWith("PUT")).map((request) => /[^/]*\/?$/.exec(request)![0]);
}

/** Sends the folder; where `lose` throws for a key, or the number of a part, the store is no longer reached. */
async function send(
  { storage, path }: Pick<TestStore, "storage" | "path">,
  lose: (key: string, part?: number) => void | Promise<void> = () => {},
  { clientId = "ann", signal }: { clientId?: string; signal?: AbortSignal } = {},
): Promise<string> {
  const lossy: Storage = {
    put: async (key, ...args) => {
      await lose(key);
      await storage.put(key, ...args);
    },
    upload: async (key, ...args) => {
      const upload = await storage.upload(key, ...args);
      const { put } = upload;
      const before: Promise<void>[] = [];
      return Object.assign(upload, {
        put: async (part: number, ...args: [CheckedBytes, AbortSignal]) => {
          if (part === PARTS) await Promise.all(before);
          await lose(key, part);
          await (before[part] = put(part, ...args));
        },
      });
    },
    get: (...args) => storage.get(...args),
    list: (...args) => storage.list(...args),
    remove: (...args) => storage.remove(...args),
  };
  const checkpoints = new UploadCheckpoints(path("checkpoints"), () => Promise.resolve(["here", clientId]));
  return await sendFolder(lossy, path("f"), clientId, { checkpoints, signal });
}

/** Begins to send the folder, until the store is no longer reached at the end of the large file. */
async function cutOff(test: TestStore): Promise<void> {
  await makeFolder(test);
  const sending = send(test, async (key, part) => {
    if (!key.endsWith("large") || part !== PARTS) return;
    await until(() => test.store.usage().objects >= FILES / 2, "half of the files have arrived");
    throw new CrossCommError("STORAGE_UNREACHABLE", "cut off by the test");
  });
  const error = await assertRejects(() => sending, CrossCommError);
  assertEquals(error.code, "STORAGE_UNREACHABLE");
  test.requests.length = 0;
}

async function assertArrives(test: TestStore, key: string): Promise<void> {
  const path = await test.transfers("bob").receive("folder", key, test.path("in"));
  assertEquals(await treeOf(path), await treeOf(test.path("f")));
  assertEquals(test.store.usage().objects, (await pathsIn(test.path("f"))).length - 1, "nothing else is in the store");
}

Deno.test("a folder whose sending was cut off goes on where it was, and what is there is not sent again", async () => {
  await using test = await startStore();
  await cutOff(test);
  const before = test.store.usage().objects;
  assert(before >= FILES / 2 && before < FILES + 3);
  const key = await send(test);
  assertEquals(written(test).length, FILES + 3 - before);
  assertEquals(written(test).filter((name) => name === "large").length, 1, "of its parts, the last");
  assertEquals(await pathsIn(test.path("checkpoints")), []);
  await assertArrives(test, key);
  assertNotEquals(await send(test), key, "it is sent again where it is sent anew");
});

Deno.test("a folder whose program was killed goes on where it was", async () => {
  await using test = await startStore();
  await makeFolder(test);
  const { denoDir } = JSON.parse(await run(Deno.execPath(), ["info", "--json"]));
  const cache = test.path("cache");
  const env = { DENO_DIR: denoDir, XDG_CACHE_HOME: cache, HOME: cache, LOCALAPPDATA: cache };
  const main = new URL("support/send_main.ts", import.meta.url).href;
  const args = ["run", "-A", main, JSON.stringify(test.settings), test.path("f"), "folder"];
  test.proxy.stall("up", 3 * PART_BYTES);
  const killed = new Command(Deno.execPath(), args, { env });
  await until(() => test.store.usage().objects > 0 && test.proxy.harm > 0, "something has arrived");
  killed.interrupt("SIGKILL");
  await killed.end();
  test.proxy.cutAll();
  test.proxy.goOn();
  const before = test.store.usage().objects;
  test.requests.length = 0;
  await using next = new Command(Deno.execPath(), args, { env });
  const { code, stdout, stderr } = await next.end();
  assertEquals([code, stderr], [0, ""]);
  const names = written(test).filter((name) => name !== "large");
  assert(names.length <= FILES + 2 - before, `${names.length} were sent, though ${before} were there`);
  assertEquals((await pathsIn(cache)).filter((path) => path.endsWith(".json")), []);
  await assertArrives(test, stdout);
});

Deno.test("of a folder that changed since its sending was cut off, what it is now arrives", async () => {
  await using test = await startStore();
  await cutOff(test);
  await Deno.writeTextFile(test.path("f/sub/0"), "FILE 0");
  await Deno.writeFile(test.path("f/sub/middle"), sample(1_500_000, 2));
  await Deno.writeFile(test.path("f/sub/large"), sample(PARTS * PART_BYTES - 1000, 2));
  for (let index = 1; index < FILES - 1; index++) await Deno.remove(test.path(`f/sub/${index}`));
  await Deno.mkdir(test.path("f/sub/1"));
  await Deno.writeTextFile(test.path("f/sub/1/a"), "a");
  await Deno.writeTextFile(test.path("f/empty/b"), "b");
  const key = await send(test);
  const path = await test.transfers("bob").receive("folder", key, test.path("in"));
  assertEquals(await treeOf(path), await treeOf(test.path("f")));
  assertEquals(test.store.usage().objects, 6);
});

Deno.test("a folder that became an empty one since its sending was cut off arrives as such", async () => {
  await using test = await startStore();
  await cutOff(test);
  await Deno.remove(test.path("f"), { recursive: true });
  await Deno.mkdir(test.path("f"));
  const path = await test.transfers("bob").receive("folder", await send(test), test.path("in"));
  assertEquals(await treeOf(path), {});
  assertEquals(test.store.usage().objects, 1);
});

for (
  const [what, prepare, clientId] of [
    ["of another client", () => {}, "carl"],
    ["that was begun more than a day ago", async (test: TestStore) => {
      const old = Date.now() / 1000 - 25 * 3600;
      for (const name of await pathsIn(test.path("checkpoints"))) {
        await Deno.utime(test.path(`checkpoints/${name}`), old, old);
      }
    }, "ann"],
    ["that the store does not let us list", (test: TestStore) => {
      test.storage.list = () => {
        throw new CrossCommError("STORAGE_DENIED", "denied by the test");
      };
    }, "ann"],
  ] as [string, (test: TestStore) => unknown, string][]
) {
  Deno.test(`the sending of a folder ${what} begins anew`, async () => {
    await using test = await startStore();
    await cutOff(test);
    await prepare(test);
    const key = await send(test, undefined, { clientId });
    assertEquals(written(test).filter((name) => name !== "large").length, FILES + 2);
    const path = await test.transfers("bob").receive("folder", key, test.path("in"));
    assertEquals(await treeOf(path), await treeOf(test.path("f")));
  });
}

Deno.test("who sends a folder that somebody else is sending leaves that alone", async () => {
  await using test = await startStore();
  await makeFolder(test);
  const keys = await Promise.all([send(test), send(test)]);
  assertNotEquals(keys[0], keys[1]);
  assertEquals(test.store.usage().objects, 2 * (FILES + 3));
  assertEquals(await pathsIn(test.path("checkpoints")), []);
});

Deno.test("of a folder whose sending was cut off, and is given up the next time, nothing stays in the store", async () => {
  await using test = await startStore();
  await cutOff(test);
  const abort = new AbortController();
  const error = await assertRejects(() => send(test, () => abort.abort(), { signal: abort.signal }), CrossCommError);
  assertEquals(error.code, "ABORTED");
  assertEquals(test.store.usage().objects, 0);
  test.requests.length = 0;
  await assertArrives(test, await send(test));
  assertEquals(written(test).filter((name) => name !== "large").length, FILES + 2);
});
