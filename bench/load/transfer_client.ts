/** Our client, with somebody to send to: moves files and folders through a hub's store. Arguments: port, store folder. */

import { CrossCommClient, StorageHousekeeping } from "../../client.ts";
import { readStorageSettings } from "../../server.ts";
import { obey, timed } from "./orders.ts";

const [port = "", storeFolder = ""] = Deno.args;
const receiverId = "bench-receiver";
const sender = new CrossCommClient({ port: Number(port), clientId: "bench-sender" });
const receiver = new CrossCommClient({ port: Number(port), clientId: receiverId });
await sender.login();
await receiver.login();

/** Sends, and receives what is sent: the key alone, or all of it where there is a directory. */
async function exchange(
  path: string,
  msgType: "file" | "folder",
  options: { folderFormat?: "objects" | "tar"; downloadDirectory?: string } = {},
) {
  const { folderFormat, downloadDirectory } = options;
  const arriving = receiver.messages({ msgType, downloadDirectory });
  try {
    const up = await timed(() => sender.sendMessage(path, msgType, { toClientId: receiverId, folderFormat }));
    const { value: message } = await arriving.next();
    if (message === undefined) throw new Error("the hub hung up before the message arrived");
    if (message.downloadError) throw message.downloadError;
    return { up, key: message.ossKey as string, path: message.content as string };
  } finally {
    await arriving.return?.();
  }
}

await obey({
  upload: (path: string) => exchange(path, "file"),

  async download(key: string, directory: string) {
    let path = "";
    const down = await timed(async () => path = await receiver.downloadFileManually(key, directory));
    return { down, path };
  },

  /** Up, and down from the moment that it was sent: receivers fetch it, and unpack an archive, when a message brings it. */
  async deliver(
    path: string,
    msgType: "file" | "folder",
    downloadDirectory: string,
    folderFormat?: "objects" | "tar",
  ) {
    const start = performance.now();
    const sent = await exchange(path, msgType, { folderFormat, downloadDirectory });
    return { up: sent.up, down: (performance.now() - start) / 1_000 - sent.up, path: sent.path };
  },

  async remove(keys: string[]) {
    const store = new StorageHousekeeping(await readStorageSettings(storeFolder, "127.0.0.1", Number(port)));
    for (const key of keys) await store.remove(key);
  },
});
