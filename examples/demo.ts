/** A hub and two clients exchange every type of message that is not a file; each line says who got what. */
import { type AnyMessage, CommMsgType, CrossCommClient, CrossCommServer } from "../mod.ts";

const folder = await Deno.makeTempDir();
try {
  await using server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile: `${folder}/clients.yaml` });
  await server.startServer();
  const { port } = server.addr;
  console.log(`A hub listens on port ${port}.`);

  await using ann = new CrossCommClient({ port, clientId: "ann" });
  await using bob = new CrossCommClient({ port, clientId: "bob" });
  const inboxes = [
    inbox("server", server.messages()),
    inbox("ann", ann.messages()),
    inbox("bob", bob.messages()),
  ];
  await ann.login();
  await bob.login();
  console.log(`Online: ${server.getOnlineClients().join(", ")}.`);

  await ann.sendMessage("你好, everyone", CommMsgType.TEXT);
  await ann.sendMessage([1, "two", { three: 3 }], CommMsgType.JSON, { toClientId: "bob" });
  await bob.sendMessage({ room: "kitchen", temperature: 21.5 }, CommMsgType.DICT, { toClientId: "ann" });
  await bob.sendMessage(new TextEncoder().encode("a few bytes"), CommMsgType.BYTES, { toClientId: "ann" });
  await bob.sendMessage("only for the hub", CommMsgType.TEXT, { toClientId: "server" });
  await server.sendMessage("the hub greets you", CommMsgType.TEXT);

  // An answer to a question asked now comes after all that was sent before it.
  await Promise.all([ann.listClients(), bob.listClients()]);
  await server.stop();
  await Promise.all(inboxes);
  console.log("The hub has stopped.");
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Says what arrives, until no more can. */
async function inbox(owner: string, messages: AsyncIterable<AnyMessage>): Promise<void> {
  for await (const { fromClientId, toClientId, msgType, content } of messages) {
    console.log(`${owner.padEnd(6)} got ${msgType} from ${fromClientId} to ${toClientId}:`, content);
  }
}
