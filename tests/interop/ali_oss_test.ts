import { assertEquals } from "@std/assert";
import { openStore } from "../object_store/open_store.ts";
import { nodeWithAliOss } from "./node_env.ts";
import { runIfThere } from "./tool.ts";

for (const style of ["path", "host"]) {
  for (const version of ["1", "4"]) {
    Deno.test(`ali-oss in Node uses the store: bucket in the ${style}, signatures of version ${version}`, async () => {
      const installed = await nodeWithAliOss();
      if (installed === undefined) return;
      await using test = await openStore();
      const { accessKeyId, accessKeySecret } = test.store.owner;
      const endpoint = `http://${style === "path" ? "localhost" : "127.0.0.1"}:${test.port}`;
      const calls = `${import.meta.dirname}/ali_oss_calls.mjs`;
      const printed = await runIfThere(
        "node",
        calls,
        installed,
        endpoint,
        accessKeyId,
        accessKeySecret,
        style,
        version,
      );
      assertEquals(printed, "ok\n");
    });
  }
}
