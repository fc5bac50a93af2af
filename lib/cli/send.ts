import { CommMsgType } from "../../client.ts";
import type { Command } from "./command.ts";
import { fileTypes, messageType, typedContent } from "./content.ts";
import { type Settings, UsageError } from "./flags.ts";
import { checkOnline, clientFlags, logIn, makeClient } from "./hub_client.ts";
import { logToStandardError } from "./logging.ts";
import { withProgress } from "./progress.ts";
import { say } from "./say.ts";

export const send: Command = {
  usage: "[CONTENT]",
  details: `Without CONTENT, the content is read from standard input. CONTENT of type bytes is written in hexadecimal;
from standard input bytes are taken as they are, and other types without the line break at the end. Of a file, image
or folder, CONTENT is the path: --file PATH is short for --type file PATH. The upload of a large file that was cut off,
but not by Ctrl-C, goes on where the same file is sent again under the same --client-id.`,
  flags: [
    { name: "to", value: "ID", help: "a client's id, all, or server (all)" },
    { name: "type", value: "TYPE", help: "text, json, dict, bytes, file, image or folder (text)" },
    { name: "file", value: "PATH", help: "send this file" },
    { name: "image", value: "PATH", help: "send this image" },
    { name: "folder", value: "PATH", help: "send this folder, with all it holds" },
    { name: "folder-format", value: "FORMAT", help: "objects, or tar: faster with many small files (objects)" },
    ...clientFlags,
  ],
  examples: [
    'send "hello everyone"',
    `send --to bob --type dict '{"temperature": 21.5}'`,
    "send --to bob --type bytes < data.bin",
    "send --to bob --image picture.png",
  ],
  async run(settings, output, interrupted) {
    await using _logging = await logToStandardError("warning");
    const toClientId = settings.text("to") ?? "all";
    const { msgType, content } = await readContent(settings, interrupted);
    const folderFormat = readFolderFormat(settings);
    // What took long to upload is not to be lost with the connection: the message waits until it is back.
    await using client = makeClient(settings, { reconnect: fileTypes.some((type) => type === msgType) });
    await logIn(client, settings, interrupted);
    await checkOnline(client, toClientId);
    const receipt = await withProgress(output, "Uploading", (onProgress) => {
      const timeout = settings.number("timeout");
      const options = { toClientId, timeout, signal: interrupted, folderFormat, onProgress };
      return client.sendMessage(content as string, msgType, options);
    });
    await client.logout();
    output.receipt(receipt, toClientId);
  },
};

async function readContent(
  settings: Settings,
  interrupted: AbortSignal,
): Promise<{ msgType: CommMsgType; content: unknown }> {
  const paths = fileTypes.filter((type) => settings.given(type));
  const [typed, ...more] = settings.positional;
  if (more.length > 0) throw new UsageError("put quotes around a content that has spaces in it");
  const [pathType, ...others] = paths;
  if (pathType !== undefined) {
    if (others.length > 0 || typed !== undefined || settings.given("type")) {
      throw new UsageError(`--${pathType} says all that is sent: leave the rest out`);
    }
    return { msgType: pathType, content: settings.text(pathType) };
  }
  const msgType = messageType(settings.text("type") ?? CommMsgType.TEXT);
  if (typed !== undefined) return { msgType, content: typedContent(msgType, typed) };
  return { msgType, content: await fromStandardInput(msgType, interrupted) };
}

function readFolderFormat(settings: Settings): "objects" | "tar" | undefined {
  const format = settings.text("folder-format");
  if (format === undefined || format === "objects" || format === "tar") return format;
  throw new UsageError(`the folder format is objects or tar, not ${format}`);
}

async function fromStandardInput(type: CommMsgType, interrupted: AbortSignal): Promise<unknown> {
  if (Deno.stdin.isTerminal()) say("Type the content; Ctrl-D ends it.");
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  await Deno.stdin.readable.pipeTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }), {
    signal: interrupted,
  });
  const blob = new Blob(chunks);
  if (type === CommMsgType.BYTES) return await blob.bytes();
  return typedContent(type, (await blob.text()).replace(/\r?\n$/, ""));
}
