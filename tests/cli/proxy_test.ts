import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import { startHub } from "../support/start_hub.ts";
import { crosscomm } from "./crosscomm.ts";

/** A port where nothing listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

for (const args of [["send", "hello"], ["storage", "ls"]]) {
  Deno.test(`${args.join(" ")} says that a proxy stands between where the environment names one, and the way out`, async () => {
    await using hub = await startHub();
    const proxy = `http://127.0.0.1:${closedPort()}`;
    const env = {
      ALL_PROXY: proxy,
      NO_PROXY: "hub.example",
      no_proxy: "",
      CROSSCOMM_STORE_FOLDER: `${dirname(hub.clientsFile)}/cross_comm_store`,
    };
    const { code, stderr } = await crosscomm([...args, "--port", String(hub.port)], { env });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "ALL_PROXY names a proxy: if it does not lead there, put 127.0.0.1 into NO_PROXY");
    const direct = { ...env, NO_PROXY: "hub.example, 127.0.0.1" };
    assertEquals((await crosscomm([...args, "--port", String(hub.port)], { env: direct })).code, 0);
  });
}

Deno.test("a proxy that answers for a hub is not taken for one that turns clients away", async () => {
  await using proxy = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(null, { status: 403 }),
  );
  const address = `http://127.0.0.1:${proxy.addr.port}`;
  const env = { ALL_PROXY: address, NO_PROXY: "", no_proxy: "" };
  const { code, stderr } = await crosscomm(["send", "hello", "--port", String(closedPort())], { env });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "ALL_PROXY names a proxy");
});
