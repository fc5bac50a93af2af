import type { Command } from "./command.ts";
import { UsageError } from "./flags.ts";
import { clientFlags, logIn, makeClient } from "./hub_client.ts";
import { logToStandardError } from "./logging.ts";
import { withProgress } from "./progress.ts";

export const download: Command = {
  usage: "KEY FOLDER",
  details:
    `KEY is the object key of a file, image or folder message; a folder's ends with a slash. A folder that was sent as tar
has a key that ends with .tar.gz, and stays packed.`,
  flags: clientFlags,
  examples: ["download cross_comm/ann/1732250000000_0123abcd_picture.png inbox"],
  async run(settings, output, interrupted) {
    await using _logging = await logToStandardError("warning");
    const [key, folder, ...more] = settings.positional;
    if (!key || !folder || more.length > 0) {
      throw new UsageError("download takes two arguments: an object key, and the folder to put it into");
    }
    // The access key that is lent ends before a very long download does: another one takes a connection.
    await using client = makeClient(settings, { reconnect: true });
    await logIn(client, settings, interrupted);
    const path = await withProgress(output, "Downloading", (onProgress) => {
      return client.downloadFileManually(key, folder, { signal: interrupted, onProgress });
    });
    output.print(path, { path });
  },
};
