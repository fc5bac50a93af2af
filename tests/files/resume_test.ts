import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "node:path";
import { partPath } from "../../lib/files/part_file.ts";
import { receiveFile } from "../../lib/files/receive_file.ts";
import type { Storage } from "../../lib/files/storage.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { Command } from "../support/command.ts";
import { pathsIn } from "../support/file_hub.ts";
import { until } from "../support/inbox.ts";
import { digestOf, sample } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

const SIZE = 3_000_000;

/** An object, and where a part of it would lie. */
async function sent(test: TestStore): Promise<{ key: string; digest: string; part: string }> {
  await Deno.writeFile(test.path("a.bin"), sample(SIZE));
  const key = await test.transfers("ann").send("file", test.path("a.bin"));
  const abort = new AbortController();
  const { head } = await test.storage.get(key, 0, undefined, abort.signal);
  abort.abort();
  const folder = dirname(test.path(`in/${key}`));
  await Deno.mkdir(folder, { recursive: true });
  return { key, digest: await digestOf(test.path("a.bin")), part: partPath(await Deno.realPath(folder), head) };
}

/** Receives, and says where each request began. */
async function receive(test: TestStore, key: string): Promise<{ digest: string; starts: number[]; first: number }> {
  const starts: number[] = [];
  const storage: Storage = Object.create(test.storage, {
    get: {
      value: (...args: Parameters<Storage["get"]>) => {
        starts.push(args[1]);
        return test.storage.get(...args);
      },
    },
  });
  let first: number | undefined;
  const onProgress = ({ doneBytes }: { doneBytes: number }) => first ??= doneBytes;
  const path = await receiveFile(storage, key, test.path("in"), { onProgress });
  assertEquals((await pathsIn(dirname(path))).filter((name) => name.endsWith(".part")), []);
  return { digest: await digestOf(path), starts, first: first! };
}

Deno.test("a download whose program was killed is continued by the next", async () => {
  await using test = await startStore();
  const { key, digest, part } = await sent(test);
  test.proxy.stall("down", SIZE / 2);
  const main = new URL("support/receive_main.ts", import.meta.url).href;
  const args = ["run", "-A", main, JSON.stringify(test.settings), key, test.path("in")];
  const command = new Command(Deno.execPath(), args);
  await until(async () => (await Deno.lstat(part).catch(() => ({ size: 0 }))).size > 10_000, "something arrives");
  command.interrupt("SIGKILL");
  await command.end();
  test.proxy.cutAll();
  test.proxy.goOn();
  const { size } = await Deno.lstat(part);
  assert(size < SIZE, `${size}`);
  assertEquals(await receive(test, key), { digest, starts: [0, size], first: size });
});

Deno.test("a download goes on where the store was given up that no longer answered", async () => {
  await using test = await startStore();
  const { key, digest, part } = await sent(test);
  const storage: Storage = Object.create(test.storage, {
    get: {
      value: async (...args: Parameters<Storage["get"]>) => {
        if (args[1] > 0) throw new CrossCommError("STORAGE_UNREACHABLE", "cut off by the test");
        const body = await test.storage.get(...args);
        async function* half(): AsyncGenerator<Uint8Array, void> {
          for await (const chunk of body.bytes) return void (yield chunk);
        }
        return { ...body, bytes: half() };
      },
    },
  });
  const error = await assertRejects(() => receiveFile(storage, key, test.path("in")), CrossCommError);
  assertEquals(error.code, "STORAGE_UNREACHABLE");
  const { size } = await Deno.lstat(part);
  assert(size > 0 && size < SIZE, `${size}`);
  assertEquals(await receive(test, key), { digest, starts: [0, size], first: size });
});

Deno.test("what is there already is not asked for again, and what is wrong is not kept", async () => {
  await using test = await startStore();
  const { key, digest, part } = await sent(test);
  const whole = sample(SIZE);
  for (
    const [what, content, starts] of [
      ["nothing", new Uint8Array(), [0]],
      ["all", whole, [0]],
      ["half", whole.subarray(0, SIZE / 2), [0, SIZE / 2]],
      ["something else", new Uint8Array(SIZE / 2), [0, SIZE / 2, 0]],
      ["all of something else", new Uint8Array(SIZE), [0, 0]],
      ["too much", new Uint8Array(SIZE + 1), [0]],
    ] as const
  ) {
    await Deno.writeFile(part, content);
    const received = await receive(test, key);
    assertEquals([received.digest, received.starts], [digest, starts], what);
    await Deno.remove(test.path(`in/${key}`));
  }
});

Deno.test("a link in the place of a part is not followed, and a part that another program is at is left to it", async () => {
  await using test = await startStore();
  const { key, digest, part } = await sent(test);
  const outside = test.path("outside");
  await Deno.writeTextFile(outside, "outside");
  await Deno.symlink(outside, part);
  assertEquals((await receiveBeside(test, key)).digest, digest);
  assertEquals(await Deno.readTextFile(outside), "outside");
  await Deno.remove(part);

  using file = await Deno.open(part, { write: true, create: true });
  await file.lock(true);
  await file.write(new Uint8Array(5));
  assertEquals((await receiveBeside(test, key)).digest, digest);
  assertEquals((await Deno.lstat(part)).size, 5);
});

Deno.test("a link that takes the place of a part while it arrives is not what its receiver gets", async () => {
  await using test = await startStore();
  const { key, part } = await sent(test);
  const outside = test.path("outside");
  await Deno.writeTextFile(outside, "outside");
  let swapped = false;
  const onProgress = () => {
    if (swapped) return;
    swapped = true;
    Deno.removeSync(part);
    Deno.symlinkSync(outside, part);
  };
  const error = await assertRejects(
    () => receiveFile(test.storage, key, test.path("in"), { onProgress }),
    CrossCommError,
    "replaced while it was written",
  );
  assertEquals(error.code, "WRITE_FAILED");
  assertEquals(await Deno.readTextFile(outside), "outside");
  assertEquals(await pathsIn(dirname(part)), []);
});

/** Receives where something lies in the place of the part, which stays. */
async function receiveBeside(test: TestStore, key: string): Promise<{ digest: string }> {
  const path = await receiveFile(test.storage, key, test.path("in"));
  const digest = await digestOf(path);
  await Deno.remove(path);
  assertEquals((await pathsIn(dirname(path))).length, 1);
  return { digest };
}

Deno.test("what killed programs left is removed when it is a week old", async () => {
  await using test = await startStore();
  const { key, part } = await sent(test);
  const folder = dirname(part);
  const old = Date.now() / 1000 - 8 * 24 * 3600;
  const names = [`.crosscomm-${crypto.randomUUID()}.part`, `.crosscomm-${"0".repeat(64)}.part`, "mine.part"];
  for (const name of names) {
    await Deno.writeTextFile(join(folder, name), "x");
    await Deno.utime(join(folder, name), old, old);
  }
  const fresh = `.crosscomm-${crypto.randomUUID()}.part`;
  await Deno.mkdir(join(folder, `.crosscomm-${crypto.randomUUID()}.part`, "a"), { recursive: true });
  const [directory] = (await pathsIn(folder)).filter((name) => name.endsWith("/a"));
  await Deno.utime(join(folder, dirname(directory!)), old, old);
  await Deno.writeTextFile(join(folder, fresh), "x");
  const path = await receiveFile(test.storage, key, test.path("in"));
  assertEquals(new Set(await pathsIn(folder)), new Set([fresh, "mine.part", path.slice(folder.length + 1)]));
});
