import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import type { Progress } from "../../lib/files/progress.ts";
import { PART_BYTES } from "../../lib/files/send_object.ts";
import { digestOf, sample } from "./support/sample.ts";
import { startStore } from "./support/test_store.ts";

const MIB = 1024 * 1024;

for (const size of [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 20 * MIB, 64 * MIB + 1]) {
  Deno.test(`a file of ${size} bytes arrives as it was sent`, async () => {
    await using test = await startStore();
    const path = test.path("数据 a+b%20#?.bin");
    await Deno.writeFile(path, sample(size));
    const progress: Progress[] = [];
    const key = await test.transfers("ann").send("file", path, { onProgress: (now) => progress.push(now) });
    assertMatch(key, /^cross_comm\/ann\/\d{13}_[\da-f]{8}_数据 a\+b%20#_\.bin$/);
    assertEquals([progress.at(-1)!.doneBytes, progress.at(-1)!.totalBytes], [size, size]);
    const received: Progress[] = [];
    const arrived = await test.transfers("bob").receive("file", key, test.path("in"), {
      onProgress: (now) => received.push(now),
    });
    assertEquals(arrived, `${await Deno.realPath(test.path("in"))}/${key}`);
    assertEquals(await digestOf(arrived), await digestOf(path));
    assertEquals([received.at(-1)!.doneBytes, received.at(-1)!.totalBytes], [size, size]);
  });
}

Deno.test("the store is told the length of all that is sent to it before it comes", async () => {
  await using test = await startStore();
  for (const size of [0, 100, 9 * MIB]) {
    await Deno.writeFile(test.path("a.bin"), sample(size));
    await test.transfers("ann").send("file", test.path("a.bin"));
  }
  assertEquals(test.announced.sort((a, b) => a - b), [0, 100, MIB, PART_BYTES, PART_BYTES]);
});

Deno.test("receiving the same again gives the same file, and something else gets another name", async () => {
  await using test = await startStore();
  await Deno.writeTextFile(test.path("a.txt"), "one");
  const transfers = test.transfers("ann");
  const key = await transfers.send("file", test.path("a.txt"));
  const first = await transfers.receive("file", key, test.path("in"));
  const done: number[] = [];
  const onProgress = ({ doneBytes }: { doneBytes: number }) => void done.push(doneBytes);
  assertEquals(await transfers.receive("file", key, test.path("in"), { onProgress }), first);
  assertEquals(done.at(-1), 3, "all of it is there");
  await Deno.writeTextFile(first, "two");
  const second = await transfers.receive("file", key, test.path("in"));
  assertEquals(second, first.replace(".txt", " (2).txt"));
  assertEquals([await Deno.readTextFile(first), await Deno.readTextFile(second)], ["two", "one"]);
  assertEquals(await transfers.receive("file", key, test.path("in")), second);
});

Deno.test("two who want one object into one directory at once cost one download", async () => {
  await using test = await startStore();
  await Deno.writeFile(test.path("a.bin"), sample(9 * MIB));
  const transfers = test.transfers("ann");
  const key = await transfers.send("file", test.path("a.bin"));
  const paths = await Promise.all([1, 2, 3].map(() => transfers.receive("file", key, test.path("in"))));
  assertEquals(new Set(paths).size, 1);
  assertEquals(test.requests.filter((request) => request.startsWith("GET")).length, 1);
});

Deno.test("what is not there, or of another kind, is refused before anything moves", async () => {
  await using test = await startStore();
  const transfers = test.transfers("ann");
  await Deno.mkdir(test.path("folder"));
  await Deno.writeTextFile(test.path("file"), "");
  const code = async (promise: Promise<unknown>) => (await assertRejects(() => promise, CrossCommError)).code;
  assertEquals(await code(transfers.send("file", test.path("none"))), "FILE_NOT_FOUND");
  assertEquals(await code(transfers.send("file", test.path("folder"))), "FILE_UNREADABLE");
  assertEquals(await code(transfers.send("folder", test.path("file"))), "FILE_UNREADABLE");
  assertEquals(await code(transfers.send("file", "/dev/null")), "FILE_UNREADABLE");
  assertEquals(test.requests, []);
  assertEquals(await code(transfers.receive("file", "cross_comm/x/none", test.path("in"))), "OBJECT_NOT_FOUND");
  assertEquals(await code(transfers.receive("folder", "cross_comm/x/none/", test.path("in"))), "OBJECT_NOT_FOUND");
});

Deno.test("a limit that is exceeded is named, and nothing is left", async () => {
  await using test = await startStore();
  await Deno.writeTextFile(test.path("a.txt"), "12345");
  const transfers = test.transfers("ann");
  const key = await transfers.send("file", test.path("a.txt"));
  const error = await assertRejects(
    () => transfers.receive("file", key, test.path("in"), { limits: { maxBytes: 4 } }),
    CrossCommError,
    "maxBytes",
  );
  assertEquals(error.code, "LIMIT_EXCEEDED");
  assert(!await Deno.stat(test.path("in")).catch(() => false));
});
