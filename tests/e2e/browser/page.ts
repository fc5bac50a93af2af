// Runs in the browser: tells the Deno client what it sees, returns whatever it is sent, and leaves when told "bye".
import { CommMsgType, CrossCommClient, CrossCommError } from "../../../client.ts";
import type { Answer, Greeting, Report } from "./talk.ts";

const { searchParams } = new URL(import.meta.url);
const url = searchParams.get("hub")!;

report(await talk().catch((error) => ({ failure: error.stack })));

async function talk(): Promise<Report> {
  const client = new CrossCommClient({ url, clientId: "browser" });
  const messages = client.messages({ fromClientId: "deno" });
  await client.login();

  const greeting: Greeting = {
    runsInDeno: "Deno" in globalThis,
    clients: (await client.listClients()).clients.map(({ clientId, status }) => `${clientId} is ${status}`),
    withoutHub: await codeOf(new CrossCommClient({ url: searchParams.get("nowhere")! }).login()),
    ownId: new CrossCommClient().clientId,
  };
  await client.sendMessage(greeting, CommMsgType.DICT, { toClientId: "deno" });

  for await (const { msgType, content } of messages) {
    if (content === "bye") break;
    const answer: Answer = { msgType, contentIs: Object.prototype.toString.call(content) };
    await client.sendMessage(answer, CommMsgType.DICT, { toClientId: "deno" });
    await client.sendMessage(content as string, msgType as "text", { toClientId: "deno" });
  }
  await client.logout();
  await client.finished;
  return { isConnected: client.isConnected };
}

async function codeOf(failing: Promise<unknown>): Promise<string> {
  return await failing.then(() => "no error", (error) => error instanceof CrossCommError ? error.code : String(error));
}

/** For what cannot be said over the hub: that the page has left it, or never got there. */
async function report(body: Report): Promise<void> {
  await fetch("/report", { method: "POST", body: JSON.stringify(body) });
}
