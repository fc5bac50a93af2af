import type { AnyMessage, ListenOptions } from "../../client.ts";
import { Arrivals } from "./arrivals.ts";
import type { Command } from "./command.ts";
import { messageType } from "./content.ts";
import { imagePreviews } from "./image_preview.ts";
import { clientFlags, logIn, makeClient, tellLost, tellStatus } from "./hub_client.ts";
import { logToStandardError } from "./logging.ts";
import { DownloadProgress } from "./progress.ts";

export const listen: Command = {
  usage: "",
  details:
    `Listens until Ctrl-C, and comes back when the connection is lost. What waits for a download at Ctrl-C is printed as
it is; crosscomm download goes on with a download that was cut off. With --json, each line is a message in the words of
the wire, bytes in base64, with a "download_error" where what it brought is not downloaded; a line with a "status"
instead says that the connection is lost, or online again, or that a message of this client that was stored is
undelivered for good, and one with a "transfer" how far a download is.`,
  flags: [
    { name: "type", value: "TYPE", help: "only messages of this type" },
    { name: "from", value: "ID", help: "only messages from this client, or from server" },
    { name: "download", value: "FOLDER", help: "download the files, images and folders that arrive into this folder" },
    ...clientFlags,
  ],
  examples: [
    "listen",
    "listen --client-id bob --type text",
    "listen --json --from thermometer",
    "listen --download inbox",
  ],
  async run(settings, output, interrupted) {
    await using _logging = await logToStandardError("warning");
    const type = settings.text("type");
    const progress = new DownloadProgress(output);
    const options: ListenOptions = {
      msgType: type === undefined ? undefined : messageType(type),
      fromClientId: settings.text("from"),
      downloadDirectory: settings.text("download"),
      onProgress: (now, message) => progress.show(now, message),
    };
    await using client = makeClient(settings, { reconnect: true });
    const arrivals = new Arrivals(client, options);
    const messages = client.messages({ ...options, signal: interrupted });
    tellLost(client, (line, event) => output.json ? output.print(line, event) : output.warn(line));
    await logIn(client, settings, interrupted);
    tellStatus(client, (line, event) => output.json ? output.print(line, event) : output.note(line));
    if (!output.json) output.note(`Listening as ${client.clientId}. Ctrl-C ends it.`);
    const preview = imagePreviews(output, options.downloadDirectory !== undefined);
    const show = async (message: AnyMessage) => {
      progress.end();
      arrivals.shown(message);
      output.message(message);
      await preview(message);
      if (message.downloadError !== null) output.warn(message.downloadError.message);
    };
    for await (const message of messages) await show(message);
    if (!interrupted.aborted) return await client.finished;
    await client.logout();
    for (const message of arrivals.rest()) await show(message);
  },
};
