import { assertEquals, assertStringIncludes } from "@std/assert";
import { startHub, tempFolder } from "../support/start_hub.ts";
import { hasOpenssl, TestCa } from "../support/test_ca.ts";
import { crosscomm } from "./crosscomm.ts";

Deno.test({
  name: "a hub's certificate that is not trusted is said to be, with the way out",
  ignore: !hasOpenssl,
  async fn() {
    await using folder = await tempFolder();
    const ca = await TestCa.create(folder.path);
    const { certFile, keyFile } = ca.own;
    await using hub = await startHub(await ca.issue("hub"));
    await using selfSigned = await startHub({ certFile, keyFile });
    await using open = await startHub();
    const trusting = { DENO_CERT: certFile };
    const cases: [url: string, env: Record<string, string>, complaint: string][] = [
      [`wss://127.0.0.1:${hub.port}`, {}, "in DENO_CERT"],
      [`wss://127.0.0.1:${hub.port}`, trusting, ""],
      [`wss://localhost:${hub.port}`, trusting, "connect to a name that it is made out to"],
      [`wss://127.0.0.1:${selfSigned.port}`, trusting, "basicConstraints=CA:FALSE"],
      [`ws://127.0.0.1:${hub.port}`, trusting, "or connect with wss://"],
      [`wss://127.0.0.1:${open.port}`, trusting, "or connect with ws://"],
    ];
    for (const [url, env, complaint] of cases) {
      const { code, stderr } = await crosscomm(["clients", "--url", url], { env });
      assertEquals(code, complaint === "" ? 0 : 1, stderr);
      assertStringIncludes(stderr, complaint);
    }
  },
});
