import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { CrossCommClient } from "../../client.ts";
import { tempFolder } from "../support/start_hub.ts";
import { start } from "./crosscomm.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `${signal} ends a hub well: clients are told, the last state is written, the status is 0`,
    ignore: Deno.build.os === "windows", // it has no such signals
    fn: async () => {
      await using folder = await tempFolder();
      await using hub = start(["server", "--port", "0", "--json"], { cwd: folder.path });
      const { status, ip, port } = JSON.parse(await hub.line());
      assertEquals({ status, ip }, { status: "listening", ip: "127.0.0.1" });
      await using client = new CrossCommClient({ port, clientId: "ann", reconnect: false });
      await client.login();
      hub.interrupt(signal);
      const end = await client.finished.catch((error) => error.message);
      assertStringIncludes(end, "the hub is stopping");
      const { code, stdout, stderr } = await hub.end();
      assertEquals({ code, stdout }, { code: 0, stdout: '{"status":"stopped"}' });
      assertStringIncludes(stderr, "ann has logged in from 127.0.0.1:");
      const file = parse(await Deno.readTextFile(`${folder.path}/cross_comm_clients.yaml`));
      assertEquals((file as Record<string, { status: string }>).ann?.status, "offline");
      assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
        "cross_comm_clients.yaml",
        "cross_comm_mailbox.db",
        "cross_comm_store",
      ]);
    },
  });
}

Deno.test("settings come from flags, then from the environment, then from .env", async () => {
  await using folder = await tempFolder();
  const lines = ["flag", "environment", "dotenv"].map((name) => `${folder.path}/${name}.yaml`);
  await Deno.writeTextFile(`${folder.path}/.env`, `CROSSCOMM_CLIENTS_FILE="${lines[2]}"\nCROSSCOMM_PORT=0\n`);
  const settings: [args: string[], env: Record<string, string>, file: string][] = [
    [["--clients-file", lines[0]!], { CROSSCOMM_CLIENTS_FILE: lines[1]! }, lines[0]!],
    [[], { CROSSCOMM_CLIENTS_FILE: lines[1]! }, lines[1]!],
    [[], {}, lines[2]!],
  ];
  for (const [args, env, file] of settings) {
    await using hub = start(["server", "--json", ...args], { cwd: folder.path, env });
    await using client = new CrossCommClient({ port: JSON.parse(await hub.line()).port });
    await client.login();
    await client.logout();
    hub.interrupt();
    await hub.end();
    await Deno.remove(file);
  }
});

Deno.test("a port in use is one clear sentence, and status 1", async () => {
  await using folder = await tempFolder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using hub = start(["server", "--port", String(taken.addr.port)], { cwd: folder.path });
  const { code, stdout, stderr } = await hub.end();
  assertEquals({ code, stdout, lines: stderr.trim().split("\n").length }, { code: 1, stdout: "", lines: 1 });
  assertStringIncludes(stderr, `port ${taken.addr.port} of 127.0.0.1 is in use`);
});
