import { conversation } from "./conversation.ts";
import { OurHub, ourTalker } from "./our_peer.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";

const python = pythonTalker;
const ours = ourTalker;

Deno.test("our hub, Python clients", async (t) => {
  await using hub = await OurHub.start();
  await conversation(t, hub.port, { alice: python, bob: python });
});

Deno.test("our hub, a Python client and two of ours", async (t) => {
  await using hub = await OurHub.start();
  await conversation(t, hub.port, { alice: python, bob: ours });
});

Deno.test("our hub, a client of ours and two Python clients", async (t) => {
  await using hub = await OurHub.start();
  await conversation(t, hub.port, { alice: ours, bob: python });
});

Deno.test("the Python hub, a Python client and two of ours", async (t) => {
  await using hub = await PythonPeer.start({ role: "server" });
  await conversation(t, hub.port, { alice: python, bob: ours });
});

Deno.test("the Python hub, a client of ours and two Python clients", async (t) => {
  await using hub = await PythonPeer.start({ role: "server" });
  await conversation(t, hub.port, { alice: ours, bob: python });
});

Deno.test("the Python hub, our clients", async (t) => {
  await using hub = await PythonPeer.start({ role: "server" });
  await conversation(t, hub.port, { alice: ours, bob: ours });
});
