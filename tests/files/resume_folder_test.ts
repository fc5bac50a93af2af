import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname } from "node:path";
import { receiveFolder } from "../../lib/files/receive_folder.ts";
import type { Storage } from "../../lib/files/storage.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { Command } from "../support/command.ts";
import { pathsIn } from "../support/file_hub.ts";
import { until } from "../support/inbox.ts";
import { sample, treeOf } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

const FILES = 40;

/** A folder in the store, with small files, and one that has no MD5 there. */
async function sent(test: TestStore): Promise<string> {
  await Deno.mkdir(test.path("f/sub"), { recursive: true });
  await Deno.mkdir(test.path("f/empty"));
  for (let index = 0; index < FILES; index++) await Deno.writeTextFile(test.path(`f/sub/${index}`), `file ${index}`);
  await Deno.writeFile(test.path("f/a"), sample(1_500_000));
  return await test.transfers("ann").send("folder", test.path("f"));
}

/** Receives the folder, and gives the keys whose bytes were wanted; from `lostAfter` on the store is no longer reached. */
async function receive(test: TestStore, key: string, lostAfter = Infinity): Promise<string[]> {
  const asked: string[] = [];
  const storage: Storage = Object.assign(Object.create(null), {
    list: (...args: Parameters<Storage["list"]>) => test.storage.list(...args),
    get: async (...args: Parameters<Storage["get"]>) => {
      if (asked.length >= lostAfter) throw new CrossCommError("STORAGE_UNREACHABLE", "cut off by the test");
      const body = await test.storage.get(...args);
      async function* bytes() {
        asked.push(args[0].slice(key.length));
        yield* body.bytes;
      }
      return { ...body, bytes: bytes() };
    },
  });
  const path = await receiveFolder(storage, key, test.path("in"));
  assertEquals(await treeOf(path), await treeOf(test.path("f")));
  assertEquals((await pathsIn(dirname(path))).filter((name) => name.endsWith(".part")), []);
  return asked;
}

/** Receives a part of the folder, and gives the path where that lies. */
async function cutOff(test: TestStore, key: string): Promise<string> {
  const error = await assertRejects(() => receive(test, key, FILES / 2), CrossCommError);
  assertEquals(error.code, "STORAGE_UNREACHABLE");
  const folder = dirname(test.path(`in/${key}`));
  const [part] = (await pathsIn(folder)).filter((name) => name.endsWith(".part"));
  return `${folder}/${part}`;
}

Deno.test("a folder whose receiving was cut off goes on where it was, and what is there is not asked for again", async () => {
  await using test = await startStore();
  const key = await sent(test);
  const part = await cutOff(test, key);
  const there = (await pathsIn(part)).filter((path) => /\d$|a$/.test(path)).length;
  assert(there >= FILES / 4, `${there} files are there`);
  assertEquals((await receive(test, key)).length, FILES + 1 - there);
  assertEquals((await receive(test, key)).length, FILES + 1, "another time, all is received beside it");
});

Deno.test("a folder whose receiving program was killed goes on where it was", async () => {
  await using test = await startStore();
  const key = await sent(test);
  const main = new URL("support/receive_main.ts", import.meta.url).href;
  const args = ["run", "-A", main, JSON.stringify(test.settings), key, test.path("in"), "folder"];
  test.proxy.stall("down", 200_000, 1);
  const command = new Command(Deno.execPath(), args);
  // A file that is about to get its name is there, empty.
  const isWhole = (path: string) => /\/sub\/\d+$/.test(path) && Deno.statSync(test.path(`in/${path}`)).size > 0;
  const arrived = async () => (await pathsIn(test.path("in"))).filter(isWhole).length;
  await until(async () => test.proxy.harm > 0 && await arrived() >= FILES / 2, "much has arrived");
  command.interrupt("SIGKILL");
  await command.end();
  test.proxy.cutAll();
  test.proxy.goOn();
  const before = await arrived();
  const asked = await receive(test, key);
  assertEquals(asked.filter((name) => name.startsWith("sub/")).length, FILES - before);
});

Deno.test("of what lies where a folder was received, what is not of it as it was sent does not stay", async () => {
  await using test = await startStore();
  const key = await sent(test);
  const part = await cutOff(test, key);
  await Deno.writeTextFile(test.path("outside"), "file 0");
  await Deno.remove(part, { recursive: true });
  await Deno.mkdir(`${part}/sub/1`, { recursive: true });
  await Deno.mkdir(`${part}/other/inside`, { recursive: true });
  await Deno.symlink(test.path("outside"), `${part}/sub/0`);
  await Deno.symlink(test.path("f/empty"), `${part}/empty`);
  await Deno.writeTextFile(`${part}/sub/1/x`, "x");
  await Deno.writeTextFile(`${part}/sub/2`, "FILE 2");
  await Deno.writeTextFile(`${part}/sub/3`, "file 3");
  await Deno.writeTextFile(`${part}/sub/3 (2)`, "file 3");
  await Deno.writeTextFile(`${part}/other/y`, "y");
  await Deno.writeFile(`${part}/a`, sample(1_500_000, 2));
  const asked = await receive(test, key);
  assertEquals(asked.length, FILES);
  assert(!asked.includes("sub/3"));
  assertEquals(await Deno.readTextFile(test.path("outside")), "file 0");
});

Deno.test("a folder that several receive at once, or in whose place something lies, arrives all the same", async () => {
  await using test = await startStore();
  const key = await sent(test);
  const part = await cutOff(test, key);
  const folder = dirname(part);
  await Deno.remove(part, { recursive: true });
  await Deno.symlink(test.path("f"), part);
  const { transfers, path } = test;
  const received = await transfers("bob").receive("folder", key, path("in"));
  assertEquals(await treeOf(received), await treeOf(path("f")));
  await Deno.remove(part);
  const all = await Promise.all(["bob", "carl", "dora"].map((id) => transfers(id).receive("folder", key, path("in"))));
  assertEquals(new Set([...all, received]).size, 4);
  for (const one of all) assertEquals(await treeOf(one), await treeOf(path("f")));
  assertEquals((await Array.fromAsync(Deno.readDir(folder))).length, 4);
});
