import { assertEquals, assertRejects } from "@std/assert";
import { DownloadFolder } from "../../lib/files/download_folder.ts";
import { writing } from "../../lib/files/local_folder.ts";
import { tempFolder } from "../support/start_hub.ts";

Deno.test("a download that fails takes with it the folders that it made, but no more", async () => {
  await using temp = await tempFolder();
  await Deno.mkdir(`${temp.path}/there`);
  const fail = (names: string[], before = () => {}) =>
    assertRejects(() =>
      DownloadFolder.use(temp.path, names, () => {
        before();
        return Promise.reject(new Error("given up"));
      })
    );
  await fail(["there", "made"]);
  await fail(["there"]);
  assertEquals(Array.from(Deno.readDirSync(`${temp.path}/there`)), []);
  await fail(["there", "made", "made"], () => Deno.writeTextFileSync(`${temp.path}/there/made/mine`, "x"));
  assertEquals(Array.from(Deno.readDirSync(`${temp.path}/there/made`), ({ name }) => name), ["mine"]);
});

Deno.test("where a download that fails takes the folders, another makes them again", async () => {
  await using temp = await tempFolder();
  const names = ["cross_comm", "ann"];
  const isMade = Promise.withResolvers<void>();
  const isToFail = Promise.withResolvers<never>();
  const failing = assertRejects(() =>
    DownloadFolder.use(temp.path, names, () => {
      isMade.resolve();
      return isToFail.promise;
    })
  );
  await isMade.promise;
  await DownloadFolder.use(temp.path, names, async (folder) => {
    isToFail.reject(new Error("given up"));
    await failing;
    let begun = 0;
    await folder.begin(async () => {
      if (begun++ === 0) await Deno.remove(folder.path); // as by another program
      await writing(folder.path, () => Deno.writeTextFile(`${folder.path}/file`, "x"));
    });
  });
  assertEquals(await Deno.readTextFile(`${temp.path}/cross_comm/ann/file`), "x");
});
