import { Inbox } from "./inbox.ts";
import { pack, unpack } from "./marks.ts";
import type { Match, Received, Talker } from "./talker.ts";
import { cleanEnvironment, pythonWithPywayne } from "./python_env.ts";

/** A message as a listener of pywayne got it. */
export interface PythonMessage extends Received {
  /** Which listener: `any` for the one without a filter, else the message type it listens to. */
  listener: string;
  /** What `type(content).__name__` says. */
  pythonType: string;
  /** What `repr(content)` says of a dict: exact where a JavaScript number is not. */
  repr: string | null;
}

/** What `list_clients` of pywayne returns. */
export interface PythonClientList {
  clients: { client_id: string; status: string; last_heartbeat: number; login_time: number | null }[];
  total_count: number;
  only_show_online: boolean;
}

export interface PythonPeerOptions {
  role: "client" | "server";
  /** Where the hub is, for a client; a server takes a free port. */
  port?: number;
  /** As a Python user would give it; `user:secret@127.0.0.1` sends a password. */
  ip?: string;
  clientId?: string;
  /** In seconds. */
  heartbeatInterval?: number;
  heartbeatTimeout?: number;
  /** Message types for which to register a listener besides the one without a filter. */
  listeners?: string[];
  /** Where the listener without a filter downloads files to. */
  downloadDirectory?: string;
  /** The four `OSS_*` settings; without them there is no store that could be reached. */
  storage?: Record<string, string>;
  /** What `cross_comm_clients.yaml` holds when the process starts. */
  clientsFile?: string;
}

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

interface Closed {
  code: number;
  reason: string;
}

type Event = PythonMessage & { event: "message" } | Closed & { event: "closed" } | { event: "ready" };

const LOG_LINES = 40;
let counter = 0;

/** pywayne's own `CrossCommService`, in a Python process of its own. A server is listening when `start` resolves. */
export class PythonPeer implements Talker {
  readonly clientId: string;
  /** Where the server listens; for a client the port it was given. */
  port: number;
  /** The working folder of the process: a Python hub keeps its clients file there. */
  readonly directory: string;

  readonly #process: Deno.ChildProcess;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: Promise<void>[];
  readonly #messages = new Inbox<PythonMessage>();
  readonly #closed = new Inbox<Closed>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #log: string[] = [];
  #lastRequest = 0;
  #ended = false;

  static async start(options: PythonPeerOptions): Promise<PythonPeer> {
    const python = await pythonWithPywayne();
    const directory = await Deno.makeTempDir({ prefix: "crosscomm-interop-" });
    if (options.clientsFile !== undefined) {
      await Deno.writeTextFile(`${directory}/cross_comm_clients.yaml`, options.clientsFile);
    }
    const peer = new PythonPeer(python, directory, options);
    try {
      await peer.#ready.promise;
      if (options.role === "server") peer.port = (await peer.#ask<{ port: number }>("start")).port;
      return peer;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(python: string, directory: string, options: PythonPeerOptions) {
    this.clientId = options.clientId ?? `python-${++counter}`;
    this.port = options.port ?? 0;
    this.directory = directory;
    const settings = {
      role: options.role,
      ip: options.ip ?? "127.0.0.1",
      port: this.port,
      clientId: this.clientId,
      heartbeatInterval: options.heartbeatInterval ?? 30,
      heartbeatTimeout: options.heartbeatTimeout ?? 60,
      listeners: options.listeners ?? [],
      downloadDirectory: options.downloadDirectory ?? null,
    };
    this.#process = new Deno.Command(python, {
      args: [`${import.meta.dirname}/peer.py`, JSON.stringify(settings)],
      cwd: directory,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      ...cleanEnvironment({
        // pywayne makes its OSS client at once, file or no file. Nothing here may reach a real one.
        OSS_ENDPOINT: "http://127.0.0.1:1",
        OSS_BUCKET_NAME: "bucket",
        OSS_ACCESS_KEY_ID: "none",
        OSS_ACCESS_KEY_SECRET: "none",
        ...options.storage,
        // `websockets` would go through a proxy set for the machine, and few proxies lead back to it.
        NO_PROXY: "*",
        no_proxy: "*",
      }),
    }).spawn();
    this.#commands = this.#process.stdin.getWriter();
    this.#output = [
      eachLine(this.#process.stdout, (line) => this.#onReport(JSON.parse(line))).finally(() => this.#onEnd()),
      eachLine(this.#process.stderr, (line) => {
        this.#log.push(line);
        if (this.#log.length > LOG_LINES) this.#log.shift();
      }),
    ];
  }

  /** The last lines that pywayne printed. */
  get log(): string {
    return this.#log.join("\n");
  }

  /** pywayne's `login()` does not wait for the hub's answer; this does. */
  async login(): Promise<void> {
    if (!await this.#ask<boolean>("login")) throw new Error(`pywayne's login() returned False:\n${this.log}`);
    await this.received("login_response");
  }

  /** Opens the connection and listens, as `login()` does, but sends no login and no heartbeats. */
  connect(): Promise<void> {
    return this.#ask("connect");
  }

  logout(): Promise<void> {
    return this.#ask("logout");
  }

  /** What `send_message` returns: whether pywayne could send it. */
  send(content: unknown, msgType: string, toClientId = "all"): Promise<boolean> {
    return this.#ask("send", { content: pack(content), msgType, toClientId });
  }

  /** Sends a text frame as it is. */
  raw(frame: string): Promise<void> {
    return this.#ask("raw", { frame });
  }

  async listClients(onlyShowOnline = true, timeout = 5): Promise<PythonClientList> {
    const list = unpack(await this.#ask("list_clients", { onlyShowOnline, timeout }));
    if (list === null) throw new Error(`pywayne's list_clients() returned None:\n${this.log}`);
    return list as PythonClientList;
  }

  /** The ids and states in the hub's list. */
  async listed(onlyShowOnline: boolean): Promise<Record<string, string>> {
    const { clients } = await this.listClients(onlyShowOnline);
    return Object.fromEntries(clients.map(({ client_id, status }) => [client_id, status]));
  }

  stopHeartbeat(): Promise<void> {
    return this.#ask("stop_heartbeat");
  }

  startHeartbeat(): Promise<void> {
    return this.#ask("start_heartbeat");
  }

  /** `flag` is what pywayne believes, `open` what a ping over the connection finds out. */
  isConnected(): Promise<{ flag: boolean; open: boolean }> {
    return this.#ask("is_connected");
  }

  /** Ends the TCP connection without a close frame. */
  drop(): Promise<void> {
    return this.#ask("drop");
  }

  getOnlineClients(): Promise<string[]> {
    return this.#ask("get_online_clients");
  }

  /** Waits for a message that matches, or takes it if it is here already. */
  received(match: Match<PythonMessage>, timeout?: number): Promise<PythonMessage> {
    return this.#messages.take(matcher(match), timeout);
  }

  /** Waits for a message that matches and takes all that came before it too, but for control messages. */
  async receivedUpTo(match: Match<PythonMessage>): Promise<PythonMessage[]> {
    const messages = await this.#messages.takeUpTo(matcher(match));
    return messages.filter(({ msgType }) => msgType !== "login_response");
  }

  /** Waits until the connection has ended, from whichever side. */
  closed(): Promise<Closed> {
    return this.#closed.take(() => true);
  }

  async [Symbol.asyncDispose]() {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#process.status;
    await Promise.all(this.#output);
    await this.#commands.close().catch(() => {});
    await Deno.remove(this.directory, { recursive: true });
  }

  async #ask<Result>(command: string, parameters: Record<string, unknown> = {}): Promise<Result> {
    if (this.#ended) throw this.#failure();
    const id = ++this.#lastRequest;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(id, answer);
    await this.#commands.write(new TextEncoder().encode(JSON.stringify({ id, command, ...parameters }) + "\n"));
    return await answer.promise as Result;
  }

  #onReport(report: Answer | Event): void {
    if ("event" in report) {
      if (report.event === "ready") this.#ready.resolve();
      else if (report.event === "closed") this.#closed.push(report);
      else this.#messages.push({ ...report, content: unpack(report.content) });
      return;
    }
    const answer = this.#answers.get(report.id)!;
    this.#answers.delete(report.id);
    if (report.error === undefined) answer.resolve(report.result);
    else answer.reject(new Error(report.error));
  }

  #onEnd(): void {
    this.#ended = true;
    const failure = this.#failure();
    this.#messages.end(failure);
    this.#closed.end(failure);
    this.#ready.reject(failure);
    for (const answer of this.#answers.values()) answer.reject(failure);
  }

  #failure(): Error {
    return new Error(`The Python process of ${this.clientId} has ended:\n${this.log}`);
  }
}

/** A name stands for the type of a message; messages that a typed listener got have to be asked for. */
function matcher(match: Match<PythonMessage>): (message: PythonMessage) => boolean {
  if (typeof match === "function") return match;
  return ({ listener, msgType }) => listener === "any" && msgType === match;
}

async function eachLine(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  let parts: string[] = [];
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const [first, ...rest] = chunk.split("\n");
    parts.push(first!);
    for (const next of rest) {
      onLine(parts.join(""));
      parts = [next];
    }
  }
  if (parts.some(Boolean)) onLine(parts.join(""));
}

/** Starts a Python client and logs it in. */
export async function pythonTalker(port: number, clientId: string): Promise<PythonPeer> {
  const peer = await PythonPeer.start({ role: "client", port, clientId });
  try {
    await peer.login();
    return peer;
  } catch (error) {
    await peer[Symbol.asyncDispose]();
    throw error;
  }
}
