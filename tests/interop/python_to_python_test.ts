import { conversation } from "./conversation.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";

Deno.test("Python to Python through the Python hub: what the deployed SDK does", async (t) => {
  await using hub = await PythonPeer.start({ role: "server" });
  await conversation(t, hub.port, { alice: pythonTalker, bob: pythonTalker });
});
