import { CommMsgType } from "../../client.ts";
import type { Command } from "./command.ts";
import { messageType, typedContent } from "./content.ts";
import { UsageError } from "./flags.ts";
import { checkOnline, clientFlags, logIn, makeClient } from "./hub_client.ts";
import { logToStandardError } from "./logging.ts";

export const send: Command = {
  name: "send",
  summary: "Send one message",
  usage: "[CONTENT]",
  details: `Without CONTENT, the content is read from standard input. CONTENT of type bytes is written in hexadecimal;
from standard input bytes are taken as they are, and other types without the line break at the end.`,
  flags: [
    { name: "to", value: "ID", help: "a client's id, all, or server (all)" },
    { name: "type", value: "TYPE", help: "text, json, dict or bytes (text)" },
    ...clientFlags,
  ],
  examples: [
    'send "hello everyone"',
    `send --to bob --type dict '{"temperature": 21.5}'`,
    "send --to bob --type bytes < picture.png",
  ],
  async run(settings, output, interrupted) {
    await using _logging = await logToStandardError("warning");
    const msgType = messageType(settings.text("type") ?? CommMsgType.TEXT);
    const toClientId = settings.text("to") ?? "all";
    const [typed, ...more] = settings.positional;
    if (more.length > 0) throw new UsageError("put quotes around a content that has spaces in it");
    const content = typed === undefined ? await fromStandardInput(msgType, interrupted) : typedContent(msgType, typed);
    await using client = makeClient(settings);
    await logIn(client, settings, interrupted);
    await checkOnline(client, toClientId);
    const { msgId, status } = await client.sendMessage(content as string, msgType, { toClientId, signal: interrupted });
    await client.logout();
    output.print(`Sent to ${toClientId}.`, { msg_id: msgId, status });
  },
};

async function fromStandardInput(type: CommMsgType, interrupted: AbortSignal): Promise<unknown> {
  if (Deno.stdin.isTerminal()) console.error("Type the content; Ctrl-D ends it.");
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  await Deno.stdin.readable.pipeTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }), {
    signal: interrupted,
  });
  const blob = new Blob(chunks);
  if (type === CommMsgType.BYTES) return await blob.bytes();
  return typedContent(type, (await blob.text()).replace(/\r?\n$/, ""));
}
