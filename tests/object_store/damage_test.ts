import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { captureLog } from "../support/captured_log.ts";
import { smallDisk } from "../support/small_disk.ts";
import { tempFolder } from "../support/start_hub.ts";
import { codeOf } from "./answers.ts";
import { openStore, type TestStore } from "./open_store.ts";

/** The paths of the content files. */
async function contentFiles({ folder }: TestStore): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(`${folder}/content`)) {
    for await (const file of Deno.readDir(`${folder}/content/${name}`)) {
      paths.push(`${folder}/content/${name}/${file.name}`);
    }
  }
  return paths;
}

for (const size of [6, 100_000]) {
  Deno.test(`who asks for ${size} bytes whose file is cut or gone hears of it, and the log names the file`, async () => {
    await using log = await captureLog();
    await using test = await openStore();
    await codeOf(test.owner.put("a", new Uint8Array(size)));
    const [path] = await contentFiles(test);
    await Deno.truncate(path!, size - 1);
    assertEquals(await codeOf(test.owner.object("GET", "a")), "ObjectDamaged");
    await log.next("error", path!.slice(-32), "shorter");
    await Deno.remove(path!);
    assertEquals(await codeOf(test.owner.object("GET", "a")), "ObjectDamaged");
    await log.next("error", path!.slice(-32), "gone");
  });
}

Deno.test("a store whose index is gone keeps its content, and opens when the index is back", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "what there is"));
  await test.store.close();
  const index = `${test.folder}/index.sqlite`;
  const saved = await Deno.readFile(index);
  for (const lose of [Deno.remove, Deno.truncate]) {
    await lose(index);
    for (let start = 1; start <= 2; start++) {
      const error = await assertRejects(() => test.reopen(), Error);
      assertStringIncludes(error.message, "index.sqlite is gone or empty: restore it");
    }
    assertEquals((await contentFiles(test)).length, 1);
    await Deno.writeFile(index, saved);
  }
  await test.reopen();
  assertEquals(new TextDecoder().decode(await test.owner.get("a")), "what there is");
});

Deno.test("a store whose index is damaged sweeps nothing away, and says so", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "what there is"));
  const [path] = await contentFiles(test);
  const blob = path!.slice(-32);
  await test.store.close();
  const index = `${test.folder}/index.sqlite`;
  const saved = await Deno.readFile(index);
  const text = new TextDecoder("latin1").decode(saved);
  const errors: string[] = [];
  // In what the object consists of, which shows when it is asked for; in the index of that; in what makes it a database.
  for (const at of [text.indexOf(blob), text.lastIndexOf(blob), 0]) {
    const damaged = saved.slice();
    damaged[at] = damaged[at]! ^ 1;
    await Deno.writeFile(index, damaged);
    await test.reopen().then(() => test.store.close(), ({ message }) => errors.push(message));
    assertEquals(await contentFiles(test), [path!]);
  }
  assertEquals(errors.length, 2);
  for (const message of errors) assertStringIncludes(message, "index.sqlite is damaged");
  await Deno.writeFile(index, saved);
  await test.reopen();
  assertEquals(new TextDecoder().decode(await test.owner.get("a")), "what there is");
});

Deno.test("who removes something while the disk is full hears that it is full, and may again when it is not", async () => {
  await using temp = await tempFolder();
  await using disk = await smallDisk(`${temp.path}/disk`, 8 * 2 ** 20);
  if (disk === undefined) return;
  await using test = await openStore({ folder: `${temp.path}/disk/store` });
  await codeOf(test.owner.put("a", "what there is"));
  const fill = `${temp.path}/disk/fill`;
  await assertRejects(() => Deno.writeFile(fill, new Uint8Array(8 * 2 ** 20)));
  assertEquals(await codeOf(test.owner.object("DELETE", "a")), "InsufficientStorage");
  assertEquals(new TextDecoder().decode(await test.owner.get("a")), "what there is");
  await Deno.remove(fill);
  assertEquals(await codeOf(test.owner.object("DELETE", "a")), "ok");
  await test.store.close();
});

Deno.test("what others leave among the content is no hindrance, and stays", async () => {
  await using log = await captureLog();
  await using test = await openStore();
  await codeOf(test.owner.put("a", "content"));
  const [path] = await contentFiles(test);
  const strays = [`${test.folder}/content/.DS_Store`, path!.replace(/\w+$/, "Thumbs.db")];
  for (const stray of strays) await Deno.writeTextFile(stray, "");
  await test.reopen();
  assertEquals(await codeOf(test.owner.object("GET", "a")), "ok");
  for (const stray of strays) await Deno.stat(stray);
  assertEquals(log.lines.filter((line) => line.includes("Removed")), []);
});

Deno.test("a store whose folder was removed takes nothing that its end would lose", async () => {
  await using test = await openStore();
  await Deno.rename(test.folder, `${test.folder}.away`);
  assertEquals(await codeOf(test.owner.put("a", "content")), "InternalError");
  await assertRejects(() => Deno.stat(test.folder), Deno.errors.NotFound);
});
