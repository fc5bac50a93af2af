import { bold, dim, red } from "@std/fmt/colors";
import { type AnyMessage, CommMsgType, type CrossCommClient, CrossCommError, type Progress } from "../../client.ts";
import { Arrivals } from "./arrivals.ts";
import type { Command } from "./command.ts";
import { typedContent } from "./content.ts";
import { nearest, UsageError } from "./flags.ts";
import { imagePreviews } from "./image_preview.ts";
import { checkOnline, clientFlags, logIn, makeClient, tellLost, tellStatus } from "./hub_client.ts";
import { logToStandardError } from "./logging.ts";
import { type Output, printable } from "./output.ts";
import { percent, withProgress } from "./progress.ts";
import { openPrompt, type Prompt } from "./prompt.ts";

const help = `TEXT           send a text
/to ID         send what follows to this client; all: to everyone, server: to the hub
/json JSON     send JSON, such as [1, 2]
/dict JSON     send a dict, such as {"temperature": 21.5}
/bytes HEX     send bytes, such as 68 65 6c 6c 6f
/file PATH     send a file; /image and /folder likewise
/clients       list who is online
/help          show this
/quit          leave
//TEXT         send a text that begins with a slash`;

const farewell = "/quit";
const words = ["/to", "/json", "/dict", "/bytes", "/file", "/image", "/folder", "/clients", "/help", farewell];

export const client: Command = {
  usage: "",
  details: `What others send appears above the line being typed. Lines are sent as text, but for these:\n\n${
    help.replaceAll(/^/gm, "  ")
  }`,
  flags: [
    { name: "to", value: "ID", help: "whom to send to at first (all)" },
    { name: "download", value: "FOLDER", help: "download the files, images and folders that arrive into this folder" },
    ...clientFlags,
  ],
  examples: ["client", "client --client-id ann --to bob"],
  async run(settings, output, interrupted) {
    using prompt = openPrompt(interrupted, farewell);
    const chat = output.via((line) => prompt.write(line));
    await using _logging = await logToStandardError("warning");
    await using client = makeClient(settings, { reconnect: true });
    const downloadDirectory = settings.text("download");
    const preview = imagePreviews(chat, downloadDirectory !== undefined);
    let conversation: Conversation | undefined = undefined;
    const onProgress = (progress: Progress) => conversation?.ask(`${percent(progress)} received`);
    const arrivals = new Arrivals(client, { downloadDirectory });
    const show = async (message: AnyMessage) => {
      arrivals.shown(message);
      chat.message(message);
      await preview(message);
      if (message.downloadError !== null) chat.print(red(printable(message.downloadError.message)));
      if (message.ossKey !== null) conversation?.ask();
    };
    const waiting = new AbortController();
    client.messageListener({ downloadDirectory, onProgress, signal: waiting.signal })(show);
    tellLost(client, (line, event) => chat.print(red(line), event)); // some may come with the login
    await logIn(client, settings, prompt.interrupted);
    tellStatus(client, (line, event) => chat.print(dim(line), event));
    conversation = new Conversation(client, chat, settings.text("to") ?? "all", prompt);
    chat.print(dim(`You are ${bold(client.clientId)}. /help shows what you can type.`));
    let lost: unknown;
    client.finished.catch((error) => {
      lost = error;
      prompt.end();
    });
    conversation.ask();
    for await (const line of prompt.lines) {
      if (!await conversation.take(line)) break;
      conversation.ask();
    }
    await client.stop();
    waiting.abort(); // that was long enough
    for (const message of arrivals.rest()) await show(message);
    if (lost !== undefined) throw lost;
  },
};

/** Fires when nothing is to be waited for any more: at Ctrl-C, and where a person leaves while there is no connection. */
function endOfPatience(prompt: Prompt, client: CrossCommClient): AbortSignal {
  const isOver = new AbortController();
  const look = () => {
    if (prompt.left.aborted && !client.isConnected) isOver.abort();
  };
  prompt.left.addEventListener("abort", look);
  (async () => {
    for await (const _ of client.status()) look();
  })();
  return AbortSignal.any([prompt.interrupted, isOver.signal]);
}

/** What a person says, line by line, and to whom. */
class Conversation {
  readonly #client: CrossCommClient;
  readonly #output: Output;
  readonly #prompt: Prompt;
  readonly #givenUp: AbortSignal;
  #to: string;
  /** The line that is being done. */
  #current: string | undefined;

  constructor(client: CrossCommClient, output: Output, to: string, prompt: Prompt) {
    this.#client = client;
    this.#output = output;
    this.#to = to;
    this.#prompt = prompt;
    this.#givenUp = endOfPatience(prompt, client);
    prompt.left.addEventListener("abort", () => this.#sayWhatIsWaitedFor());
  }

  /** Asks for the next line, and says what goes on meanwhile. */
  ask(meanwhile?: string): void {
    this.#prompt.next(meanwhile === undefined ? `${this.#to}> ` : `${this.#to} (${meanwhile})> `);
  }

  /** Does what a line says. False where it says to leave. */
  async take(line: string): Promise<boolean> {
    const [, word, rest] = /^(\/[^\s/]\S*)?\s*(.*)$/s.exec(line)!;
    if (word === farewell) return false;
    if (line.trim() === "") return true;
    this.#current = line;
    try {
      if (this.#givenUp.aborted) throw new UsageError("this message was not sent");
      if (word !== undefined) await this.#command(word, rest!);
      else await this.#send(CommMsgType.TEXT, line.replace(/^\/\//, "/"));
    } catch (error) {
      if (!(error instanceof CrossCommError || error instanceof UsageError)) throw error;
      const complaint = this.#givenUp.aborted ? `${line}: ${error.message}` : error.message;
      if (this.#output.json) this.#output.warn(complaint);
      else this.#output.print(red(printable(complaint)));
    } finally {
      this.#current = undefined;
    }
    return true;
  }

  /** A person who leaves wants to know why that takes a while, and how it does not. */
  #sayWhatIsWaitedFor(): void {
    if (this.#current === undefined || this.#prompt.interrupted.aborted || !this.#client.isConnected) return;
    this.#output.print(dim(`Waiting for ${printable(this.#current)} to be sent. Ctrl-C gives it up.`));
  }

  async #command(word: string, rest: string): Promise<void> {
    switch (word) {
      case "/to":
        if (rest === "") throw new UsageError("/to needs a client's id, all, or server");
        await checkOnline(this.#client, rest);
        this.#to = rest;
        return;
      case "/json":
        return await this.#send(CommMsgType.JSON, rest);
      case "/dict":
        return await this.#send(CommMsgType.DICT, rest);
      case "/bytes":
        return await this.#send(CommMsgType.BYTES, rest);
      case "/file":
        return await this.#send(CommMsgType.FILE, rest);
      case "/image":
        return await this.#send(CommMsgType.IMAGE, rest);
      case "/folder":
        return await this.#send(CommMsgType.FOLDER, rest);
      case "/clients":
        return await this.#listClients();
      case "/help":
        return this.#output.print(help);
      default:
        throw new UsageError(`there is no command ${word}${nearest(word, words)}`);
    }
  }

  async #send(type: CommMsgType, typed: string): Promise<void> {
    const content = typedContent(type, typed) as string;
    await checkOnline(this.#client, this.#to);
    const receipt = await withProgress(this.#output, "Uploading", (showBar) => {
      const onProgress = (progress: Progress) => {
        if (this.#prompt.left.aborted) showBar(progress); // there is no prompt any more
        else this.ask(`${percent(progress)} sent`);
      };
      return this.#client.sendMessage(content, type, { toClientId: this.#to, signal: this.#givenUp, onProgress });
    });
    if (this.#output.json || receipt.status === "stored") this.#output.receipt(receipt, this.#to);
  }

  async #listClients(): Promise<void> {
    const { clients } = await this.#client.listClients();
    for (const { clientId, status } of clients) {
      const you = clientId === this.#client.clientId ? dim(" (you)") : "";
      this.#output.print(`${printable(clientId)}${you}`, { client_id: clientId, status });
    }
  }
}
