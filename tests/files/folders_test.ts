import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { NOTHING } from "../../lib/files/checked_bytes.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import type { Progress } from "../../lib/files/progress.ts";
import { treeOf } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

/** A folder with all that is special about folders. */
async function makeFolder(test: TestStore): Promise<string> {
  const folder = test.path("资料 a+b");
  const deep = `${folder}/${"深/".repeat(20)}`;
  await Deno.mkdir(deep, { recursive: true });
  await Deno.mkdir(`${folder}/empty/inside`, { recursive: true });
  await Deno.writeTextFile(`${deep}/end.txt`, "deep");
  await Deno.writeTextFile(`${folder}/nothing`, "");
  await Deno.writeTextFile(`${folder}/说明 %41 #1?.txt`, "你好");
  await Deno.writeTextFile(`${folder}/.hidden`, "h");
  await Deno.writeTextFile(`${folder}/q: why`, "");
  return folder;
}

for (const folderFormat of ["objects", "tar"] as const) {
  Deno.test(`a folder arrives as it was sent, as ${folderFormat}`, async () => {
    await using test = await startStore();
    const folder = await makeFolder(test);
    const progress: Progress[] = [];
    const key = await test.transfers("ann").send("folder", folder, {
      folderFormat,
      onProgress: (now) => progress.push(now),
    });
    assertMatch(
      key,
      folderFormat === "tar"
        ? /^cross_comm\/ann\/\d{13}_[\da-f]{8}_资料 a\+b\.tar\.gz$/
        : /^cross_comm\/ann\/\d{13}_[\da-f]{8}_资料 a\+b\/$/,
    );
    assertEquals({ ...progress.at(-1)!, bytesPerSecond: 0 }, {
      doneBytes: 11,
      totalBytes: 11,
      bytesPerSecond: 0,
      doneFiles: 5,
      totalFiles: 5,
    });
    const path = await test.transfers("bob").receive("folder", key, test.path("in"));
    assertEquals(path, `${await Deno.realPath(test.path("in"))}/${key.replace(/\/$|\.tar\.gz$/, "")}`);
    assertEquals(await treeOf(path), await treeOf(folder));
  });

  Deno.test(`an empty folder arrives, as ${folderFormat}`, async () => {
    await using test = await startStore();
    await Deno.mkdir(test.path("void"));
    const key = await test.transfers("ann").send("folder", test.path("void"), { folderFormat });
    assertEquals(await treeOf(await test.transfers("bob").receive("folder", key, test.path("in"))), {});
  });

  Deno.test(`links are not followed out of the folder, as ${folderFormat}`, async () => {
    await using test = await startStore();
    await Deno.mkdir(test.path("f/sub"), { recursive: true });
    await Deno.writeTextFile(test.path("secret"), "secret");
    await Deno.writeTextFile(test.path("f/sub/a"), "a");
    await Deno.symlink(test.path("secret"), test.path("f/out"));
    await Deno.symlink("..", test.path("f/sub/loop"));
    for (const [name, target] of [["broken", "nowhere"], ["through", "sub/a/b"], ["long", "x".repeat(300)]]) {
      await Deno.symlink(target!, test.path(`f/${name}`));
    }
    await Deno.symlink("sub/a", test.path("f/inside"));
    const key = await test.transfers("ann").send("folder", test.path("f"), { folderFormat });
    const path = await test.transfers("bob").receive("folder", key, test.path("in"));
    assertEquals(await treeOf(path), { "sub/": undefined, "sub/a": "a", "inside": "a" });
  });

  Deno.test(`a folder with a name that is no text is refused for that, as ${folderFormat}`, async () => {
    if (Deno.build.os !== "linux") return; // where there are such names
    await using test = await startStore();
    await Deno.mkdir(test.path("f"));
    await new Deno.Command("sh", { args: ["-c", `echo > "$(printf 'caf\\351')"`], cwd: test.path("f") }).output();
    const sending = test.transfers("ann").send("folder", test.path("f"), { folderFormat });
    await assertRejects(() => sending, CrossCommError, "its name is no UTF-8 text: rename it");
  });

  Deno.test(`limits hold for a folder, as ${folderFormat}`, async () => {
    await using test = await startStore();
    const folder = await makeFolder(test);
    const key = await test.transfers("ann").send("folder", folder, { folderFormat });
    for (const limits of [{ maxBytes: 10 }, { maxEntries: 3 }]) {
      const error = await assertRejects(
        () => test.transfers("bob").receive("folder", key, test.path("in"), { limits }),
        CrossCommError,
        Object.keys(limits)[0],
      );
      assertEquals(error.code, "LIMIT_EXCEEDED");
    }
    const left = await treeOf(test.path("in")).catch(() => ({}));
    assert(Object.values(left).every((content) => content === undefined), "a file was left");
  });

  Deno.test(`folders that only paths name count against the limit, as ${folderFormat}`, async () => {
    await using test = await startStore();
    const path = "deep/".repeat(40);
    await Deno.mkdir(test.path(`f/${path}`), { recursive: true });
    await Deno.writeTextFile(test.path(`f/${path}a`), "a");
    const key = await test.transfers("ann").send("folder", test.path("f"), { folderFormat });
    const receive = (maxEntries: number) => {
      return test.transfers("bob").receive("folder", key, test.path("in"), { limits: { maxEntries } });
    };
    const error = await assertRejects(() => receive(39), CrossCommError, "maxEntries, 39 folders");
    assertEquals(error.code, "LIMIT_EXCEEDED");
    assertEquals(await Deno.readTextFile(`${await receive(40)}/${path}a`), "a");
  });
}

for (const how of ["is given up", "fails"]) {
  Deno.test(`of a folder whose sending ${how} in the middle nothing stays in the store`, async () => {
    await using test = await startStore();
    const paths = Array.from({ length: 100 }, (_, n) => test.path(`f/${n}`));
    await Deno.mkdir(test.path("f/empty"), { recursive: true });
    for (const path of paths) await Deno.writeTextFile(path, "content");
    const abort = new AbortController();
    let most = 0;
    const onProgress = () => {
      most = Math.max(most, test.store.usage().objects);
      if (how === "fails") { for (const path of paths.splice(0)) Deno.removeSync(path); }
      else abort.abort();
    };
    const sending = test.transfers("ann").send("folder", test.path("f"), { signal: abort.signal, onProgress });
    const error = await assertRejects(() => sending, CrossCommError);
    assertEquals(error.code, how === "fails" ? "FILE_NOT_FOUND" : "ABORTED");
    assert(most > 0);
    assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
  });
}

Deno.test("two thousand small files arrive", async () => {
  await using test = await startStore();
  await Deno.mkdir(test.path("many"));
  for (let index = 0; index < 2000; index++) Deno.writeTextFileSync(test.path(`many/${index}`), `${index}`);
  const key = await test.transfers("ann").send("folder", test.path("many"));
  const path = await test.transfers("bob").receive("folder", key, test.path("in"));
  assertEquals(await treeOf(path), await treeOf(test.path("many")));
});

Deno.test("a folder of Java's, without a slash at the end of its key, arrives without its neighbours", async () => {
  await using test = await startStore();
  for (const key of ["docs/a/b", "docs/c", "docs2/no", "docs-no"]) {
    await test.storage.put(key, NOTHING);
  }
  const path = await test.transfers("bob").receive("folder", "docs", test.path("in"));
  assertEquals(path, `${await Deno.realPath(test.path("in"))}/docs`);
  assertEquals(await treeOf(path), { "a/": undefined, "a/b": "", "c": "" });
  assertEquals(await test.transfers("bob").receive("folder", "docs/", test.path("in")), `${path} (2)`);
});

Deno.test("a folder with a name in it that leads out is refused whole", async () => {
  await using test = await startStore();
  for (const key of ["evil/ok", "evil/a\\..\\..\\b"]) await test.storage.put(key, NOTHING);
  const error = await assertRejects(
    () => test.transfers("bob").receive("folder", "evil/", test.path("in")),
    CrossCommError,
  );
  assertEquals(error.code, "UNSAFE_KEY");
  assertEquals(await Deno.stat(test.path("in")).catch(() => "none"), "none");
});

Deno.test("two long names that become one keep both files", async () => {
  await using test = await startStore();
  for (const end of ["1", "2"]) {
    await test.storage.put(`long/${"n".repeat(300)}${end}`, NOTHING);
  }
  const path = await test.transfers("bob").receive("folder", "long/", test.path("in"));
  assertEquals(Object.keys(await treeOf(path)).length, 2);
});

Deno.test("a link in the download directory is not followed", async () => {
  await using test = await startStore();
  await Deno.mkdir(test.path("in"));
  await Deno.mkdir(test.path("outside"));
  await Deno.symlink(test.path("outside"), test.path("in/cross_comm"));
  await Deno.symlink(test.path("outside/planted"), test.path("in/file"));
  await test.storage.put("cross_comm/x/1_a", NOTHING);
  await test.storage.put("file", NOTHING);
  await test.storage.put("file/inside", NOTHING);
  const transfers = test.transfers("bob");
  for (const key of ["cross_comm/x/1_a", "file/inside"]) {
    const error = await assertRejects(() => transfers.receive("file", key, test.path("in")), CrossCommError);
    assertEquals(error.code, "UNSAFE_KEY");
  }
  // The name is taken, by a link: another one is.
  const path = await transfers.receive("file", "file", test.path("in"));
  assertEquals(path, `${await Deno.realPath(test.path("in"))}/file (2)`);
  assertEquals(await treeOf(test.path("outside")), {});
});
