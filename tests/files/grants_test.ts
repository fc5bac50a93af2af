import { assertEquals, assertRejects } from "@std/assert";
import { FileTransfers } from "../../lib/files/file_transfers.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { treeOf } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

function granted(test: TestStore, clientId: string, keyOf = clientId): FileTransfers {
  const { accessKeyId, accessKeySecret } = test.store.grant(keyOf, 60);
  return new FileTransfers(() => ({ ...test.settings, accessKeyId, accessKeySecret }), clientId);
}

for (const clientId of ["ann", "客户 端", "a/b", "..", "aa:bb:cc", "100%"]) {
  Deno.test(`the client ${JSON.stringify(clientId)} sends with a key that is lent to it, and others receive`, async () => {
    await using test = await startStore();
    await Deno.mkdir(test.path("f"));
    await Deno.writeTextFile(test.path("f/a"), "a");
    const ann = granted(test, clientId);
    const bob = granted(test, "bob");
    const file = await bob.receive("file", await ann.send("file", test.path("f/a")), test.path("in"));
    assertEquals(await Deno.readTextFile(file), "a");
    for (const folderFormat of ["objects", "tar"] as const) {
      const key = await ann.send("folder", test.path("f"), { folderFormat });
      assertEquals(await treeOf(await bob.receive("folder", key, test.path("in"))), { a: "a" });
    }
  });
}

Deno.test("nobody writes where another's objects lie", async () => {
  await using test = await startStore();
  await Deno.writeTextFile(test.path("a"), "a");
  const error = await assertRejects(() => granted(test, "ann", "bob").send("file", test.path("a")), CrossCommError);
  assertEquals(error.code, "STORAGE_DENIED");
});
