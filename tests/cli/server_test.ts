import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { CrossCommClient } from "../../client.ts";
import { tempFolder } from "../support/start_hub.ts";
import { exposureWarning } from "../../lib/cli/access_flags.ts";
import { RawClient } from "../support/raw_client.ts";
import { TcpClient } from "../support/tcp_client.ts";
import { crosscomm, start, startRedirected } from "./crosscomm.ts";

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

Deno.test({
  name: "that a hub has stopped is told last, behind all that happened before",
  ignore: Deno.build.os === "windows", // it has no such signals
  fn: async () => {
    await using folder = await tempFolder();
    await using hub = startRedirected(["server", "--port", "0"], "2>&1", { cwd: folder.path });
    const port = Number(/:(\d+)/.exec(await hub.line())![1]);
    await using client = new CrossCommClient({ port, clientId: "ann", reconnect: false });
    await client.login();
    assertStringIncludes(await hub.line(), "ann has logged in");
    hub.interrupt();
    const { stdout } = await hub.end();
    assertEquals(stdout.replaceAll(/^\S+ (?=ann)/gm, "").split("\n"), ["ann was disconnected", "The hub has stopped."]);
  },
});

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

Deno.test("a hub that others can reach says in its first lines what they can do, and the way out", () => {
  for (const address of ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "hub.example"]) {
    assertStringIncludes(exposureWarning(address, false, true)!, "crosscomm token new");
    assertStringIncludes(exposureWarning(address, true, false)!, "--cert");
    assertEquals(exposureWarning(address, true, true), undefined);
  }
  for (const address of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) {
    assertEquals(exposureWarning(address, false, false), undefined);
  }
});

Deno.test("who may come in is set by flags: a token of the file in the same folder is asked for", async () => {
  await using folder = await tempFolder();
  const { stdout: token } = await crosscomm(["token", "new", "--id", "ann"], { cwd: folder.path });
  await using hub = start(
    ["server", "--port", "0", "--json", "--allow-origin", "https://a.example, https://b.example"],
    {
      cwd: folder.path,
    },
  );
  const { port } = JSON.parse(await hub.line());
  await using ann = await RawClient.connect(port);
  assertEquals((await ann.login("ann", { token })).content.status, "success");
  await using bob = await RawClient.connect(port);
  assertEquals((await bob.login("bob", { token })).content.code, "not_authorised");
  using page = await TcpClient.connect(port);
  assertStringIncludes(await page.handshake("Origin: https://b.example"), "101");
  hub.interrupt();
  assertEquals((await hub.end()).stderr.includes(token), false);
});

Deno.test("a .env that cannot be read is one clear sentence, and status 2", async () => {
  await using folder = await tempFolder();
  await Deno.mkdir(`${folder.path}/.env`);
  const { code, stdout, stderr } = await crosscomm(["mailbox"], { cwd: folder.path });
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "the file .env cannot be read: Is a directory");
});

Deno.test({
  name: "a hub whose log finds no room goes on without it",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await tempFolder();
    await using hub = startRedirected(["server", "--port", "0", "--json"], "2> /dev/full", { cwd: folder.path });
    const { port } = JSON.parse(await hub.line());
    await using client = new CrossCommClient({ port, clientId: "ann", reconnect: false });
    await client.login();
    await using impostor = await RawClient.connect(port);
    impostor.send("no frame"); // a warning, which is written at once
    hub.interrupt();
    await client.finished.catch(() => {});
    assertEquals(await hub.end(), { code: 0, stdout: '{"status":"stopped"}', stderr: "" });
  },
});
