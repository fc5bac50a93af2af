// Files between Python and ours, through our hub and the store that it carries, with nothing but the four settings that
// `crosscomm storage` prints: Python's own OSS library does the rest.
import { assertEquals } from "@std/assert";
import { type AnyMessage, CommMsgType, CrossCommClient } from "../../client.ts";
import { OurHub } from "./our_peer.ts";
import { PythonPeer } from "./python_peer.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);
const BIG = Uint8Array.from({ length: 3_000_000 }, (_, i) => i * 7 + (i >> 9));

/** A folder with things to send in it. */
async function thingsToSend(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm-interop-" });
  await Deno.writeFile(`${folder}/大文件.bin`, BIG);
  await Deno.writeFile(`${folder}/picture.png`, PNG);
  await Deno.mkdir(`${folder}/photos/2026/nested`, { recursive: true });
  await Deno.writeTextFile(`${folder}/photos/list.txt`, "two\n");
  await Deno.writeTextFile(`${folder}/photos/2026/nested/ñ 1.txt`, "deep\n");
  return folder;
}

/** The files below a folder, by their paths. */
async function filesIn(folder: string, path = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(`${folder}${path}`)) {
    if (isDirectory) Object.assign(files, await filesIn(folder, `${path}/${name}`));
    else files[`${path}/${name}`] = await Deno.readTextFile(`${folder}${path}/${name}`);
  }
  return files;
}

const photos = { "/list.txt": "two\n", "/2026/nested/ñ 1.txt": "deep\n" };

Deno.test("what Python sends, ours downloads: a file, an image, a folder", async () => {
  await using hub = await OurHub.start();
  const folder = await thingsToSend();
  try {
    await using python = await PythonPeer.start({
      role: "client",
      port: hub.port,
      clientId: "python",
      storage: await hub.storage(),
    });
    await python.login();
    await using ours = new CrossCommClient({ port: hub.port, clientId: "ours" });
    await ours.login();
    const messages = ours.messages({ downloadDirectory: `${folder}/inbox` });
    const next = async () => (await messages.next()).value as AnyMessage;

    await python.send(`${folder}/大文件.bin`, "file", "ours");
    const file = await next();
    assertEquals([file.msgType, file.downloadError], ["file", null]);
    assertEquals(file.content, await Deno.realPath(`${folder}/inbox/${file.ossKey}`));
    assertEquals(await Deno.readFile(file.content as string), BIG);

    await python.send(`${folder}/picture.png`, "image", "ours");
    assertEquals(await Deno.readFile((await next()).content as string), PNG);

    await python.send(`${folder}/photos`, "folder", "ours");
    assertEquals(await filesIn((await next()).content as string), photos);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what ours sends, Python downloads: a file, an image, a folder", async () => {
  await using hub = await OurHub.start();
  const folder = await thingsToSend();
  try {
    await using python = await PythonPeer.start({
      role: "client",
      port: hub.port,
      clientId: "python",
      storage: await hub.storage(),
      downloadDirectory: `${folder}/inbox`,
    });
    await python.login();
    await using ours = new CrossCommClient({ port: hub.port, clientId: "ours" });
    await ours.login();

    await ours.sendMessage(`${folder}/大文件.bin`, CommMsgType.FILE, { toClientId: "python" });
    assertEquals(await Deno.readFile((await python.received("file")).content as string), BIG);

    await ours.sendMessage(`${folder}/picture.png`, CommMsgType.IMAGE, { toClientId: "python" });
    assertEquals(await Deno.readFile((await python.received("image")).content as string), PNG);

    await ours.sendMessage(`${folder}/photos`, CommMsgType.FOLDER, { toClientId: "python" });
    const { content, ossKey } = await python.received("folder");
    assertEquals(await filesIn(`${content}/${ossKey}`.replace(/\/$/, "")), photos);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Python to Python through our hub's store", async () => {
  await using hub = await OurHub.start();
  const folder = await thingsToSend();
  try {
    const storage = await hub.storage();
    const peer = (clientId: string, downloadDirectory?: string) =>
      PythonPeer.start({ role: "client", port: hub.port, clientId, storage, downloadDirectory });
    await using alice = await peer("alice");
    await using bob = await peer("bob", `${folder}/inbox`);
    await alice.login();
    await bob.login();

    await alice.send(`${folder}/大文件.bin`, "file", "bob");
    assertEquals(await Deno.readFile((await bob.received("file")).content as string), BIG);
    await alice.send(`${folder}/photos`, "folder", "bob");
    const { content, ossKey } = await bob.received("folder");
    assertEquals(await filesIn(`${content}/${ossKey}`.replace(/\/$/, "")), photos);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
