import { assertEquals } from "@std/assert";
import { TokenFile } from "../../server.ts";
import { startHub, tempFolder } from "../support/start_hub.ts";
import { PythonPeer } from "./python_peer.ts";
import { until } from "./until.ts";

/** Where the password of an unchanged Python client stands: before the address. */
function login(port: number, clientId: string, user?: string): Promise<PythonPeer> {
  const ip = user === undefined ? "127.0.0.1" : `${user}@127.0.0.1`;
  return PythonPeer.start({ role: "client", ip, port, clientId });
}

Deno.test("an unchanged Python client logs in with a token before the address, and not without a right one", async () => {
  await using folder = await tempFolder();
  const tokens = new TokenFile(`${folder.path}/tokens.json`);
  const { token } = await tokens.create({ clients: "python-*" });
  await using hub = await startHub({ tokensFile: tokens.path });

  await using alice = await login(hub.port, "python-alice", `anyone:${token}`);
  await using bob = await login(hub.port, "python-bob", `anyone:${token}`);
  await alice.login();
  await bob.login();
  await alice.send("hello", "text", "python-bob");
  assertEquals((await bob.received("text")).content, "hello");

  const strangers: [string, string?][] = [
    ["python-carol"],
    ["python-carol", `anyone:${token.replace(/..$/, "__")}`],
    ["carol", `anyone:${token}`],
  ];
  for (const [clientId, user] of strangers) {
    await using stranger = await login(hub.port, clientId, user);
    await stranger.login(); // which does not look at what the hub answers
    await until(`${clientId} is turned away`, async () => !(await stranger.isConnected()).open);
  }
  assertEquals(hub.server.getOnlineClients().sort(), ["python-alice", "python-bob"]);
});
