import { assertEquals } from "@std/assert";
import { OurHub, ourTalker } from "./our_peer.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";
import { until } from "./until.ts";

Deno.test("our hub: what is sent to a Python client that is away waits for it, in order, before anything new", async () => {
  await using hub = await OurHub.start();
  await using ann = await ourTalker(hub.port, "ann");
  await using bob = await pythonTalker(hub.port, "bob");
  await using carol = await pythonTalker(hub.port, "carol");
  await bob.drop();
  await until("bob is away", () => !hub.server.getOnlineClients().includes("bob"));

  for (const content of ["one", "two"]) await ann.send(content, "text", "bob");
  await carol.send("three", "text", "bob"); // Python's own hub would lose it without a word
  await until("all three wait", async () => (await carol.listed(false)).bob === "offline");
  await using back = await PythonPeer.start({ role: "client", port: hub.port, clientId: "bob" });
  await back.login();
  await ann.send("four", "text", "bob");

  const heard = [];
  for (let count = 0; count < 4; count++) heard.push((await back.received("text")).content);
  assertEquals(heard, ["one", "two", "three", "four"]);
});

Deno.test("our hub: a client of ours learns what became of its messages to Python", async () => {
  await using hub = await OurHub.start();
  await using bob = await pythonTalker(hub.port, "bob");
  await using ann = await ourTalker(hub.port, "ann");
  const send = async (toClientId: string) => (await ann.client.sendMessage("hi", "text", { toClientId })).status;
  assertEquals(await send("bob"), "sent");
  await bob.logout();
  assertEquals(await send("bob"), "stored");
});
