import { assertEquals } from "@std/assert";
import { openStore } from "../object_store/open_store.ts";
import { pythonWithPywayne } from "./python_env.ts";

for (const style of ["path", "host"]) {
  for (const version of ["1", "4"]) {
    Deno.test(`Python's oss2 uses the store: bucket in the ${style}, signatures of version ${version}`, async () => {
      const python = await pythonWithPywayne();
      await using test = await openStore();
      const { accessKeyId, accessKeySecret } = test.store.owner;
      const endpoint = `http://${style === "path" ? "127.0.0.1" : "hub.test"}:${test.port}`;
      const { success, stdout, stderr } = await new Deno.Command(python, {
        args: [`${import.meta.dirname}/oss2_calls.py`, endpoint, accessKeyId, accessKeySecret, style, version],
      }).output();
      assertEquals(
        { success, stderr: new TextDecoder().decode(stderr), stdout: new TextDecoder().decode(stdout) },
        { success: true, stderr: "", stdout: "ok\n" },
      );
    });
  }
}
