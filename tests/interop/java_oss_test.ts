import { assertEquals } from "@std/assert";
import { openStore } from "../object_store/open_store.ts";
import { javaWithOss } from "./java_env.ts";
import { runIfThere } from "./tool.ts";

for (const hostname of ["127.0.0.1", "localhost"]) {
  for (const version of ["1", "4"]) {
    Deno.test(`Java's SDK uses the store at ${hostname} with signatures of version ${version}`, async () => {
      const classPath = await javaWithOss();
      if (classPath === undefined) return;
      await using test = await openStore();
      const { accessKeyId, accessKeySecret } = test.store.owner;
      const calls = `${import.meta.dirname}/java/OssCalls.java`;
      const args = [`http://${hostname}:${test.port}`, accessKeyId, accessKeySecret, version];
      const printed = await runIfThere("java", "-Dfile.encoding=UTF-8", "-cp", classPath, calls, ...args);
      assertEquals(printed, "ok\n");
    });
  }
}
