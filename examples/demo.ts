/** A hub and two clients exchange every type of message; each line says who got what. No cloud account is needed. */
import { type AnyMessage, CommMsgType, CrossCommClient, CrossCommServer } from "../mod.ts";

/** A picture of one pixel. */
const ONE_PIXEL = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (char) => char.charCodeAt(0),
);

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
    inbox("ann", ann.messages({ downloadDirectory: `${folder}/ann` })),
    inbox("bob", bob.messages({ downloadDirectory: `${folder}/bob` })),
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

  await Deno.mkdir(`${folder}/album`);
  await Deno.writeTextFile(`${folder}/album/notes.txt`, "a note\n");
  await Deno.writeFile(`${folder}/album/dot.png`, ONE_PIXEL);
  await ann.sendMessage(`${folder}/album/notes.txt`, CommMsgType.FILE, { toClientId: "bob" });
  await ann.sendMessage(`${folder}/album/dot.png`, CommMsgType.IMAGE, { toClientId: "bob" });
  await bob.sendMessage(`${folder}/album`, CommMsgType.FOLDER, { toClientId: "ann" });

  // An answer to a question asked now comes after all that was sent before it; logging out waits for downloads.
  await Promise.all([ann.listClients(), bob.listClients()]);
  await Promise.all([ann.stop(), bob.stop()]);
  await server.stop();
  await Promise.all(inboxes);
  console.log("The hub has stopped.");
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** What has been downloaded to a path. */
async function describe(path: string): Promise<string> {
  const { isDirectory, size } = await Deno.stat(path);
  if (!isDirectory) return `${size} bytes`;
  const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  return `which holds ${names.sort().join(" and ")}`;
}

/** Says what arrives, until no more can. */
async function inbox(owner: string, messages: AsyncIterable<AnyMessage>): Promise<void> {
  for await (const { fromClientId, toClientId, msgType, content, ossKey } of messages) {
    const what = ossKey === null ? content : `${content}, ${await describe(content as string)}`;
    console.log(`${owner.padEnd(6)} got ${msgType} from ${fromClientId} to ${toClientId}:`, what);
  }
}
