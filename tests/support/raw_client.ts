import { type Frame, frame, type FrameParts, readFrame } from "./frame.ts";
import { Inbox, inTime } from "./inbox.ts";

/** How to connect. */
export interface RawOptions {
  scheme?: "ws" | "wss";
  /** What stands before the host: `user:password`. */
  user?: string;
  headers?: Record<string, string>;
  /** Whom to trust, with `wss`. */
  client?: Deno.HttpClient;
}

/** A WebSocket that says what it is told to say, as a deployed SDK might: it knows nothing of our code. */
export class RawClient implements AsyncDisposable {
  /** What came that is a frame. */
  readonly inbox = new Inbox<Frame>();
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<{ code: number; reason: string }>();
  #id = "stranger";

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      try {
        this.inbox.push(readFrame(data));
      } catch {
        this.inbox.push({ text: data } as Frame); // numbers and words that JSON.parse does not know
      }
    };
    socket.onclose = ({ code, reason }) => {
      this.inbox.end(`the connection has ended (${code} ${reason})`);
      this.#closed.resolve({ code, reason });
    };
  }

  static async connect(port: number, path = "/", options: RawOptions = {}): Promise<RawClient> {
    const { scheme = "ws", user, ...init } = options;
    const authority = user === undefined ? "" : `${user}@`;
    const socket = new WebSocket(`${scheme}://${authority}127.0.0.1:${port}${path}`, init);
    const client = new RawClient(socket);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    });
    socket.onerror = null;
    return client;
  }

  /** Resolves to how the connection ended. */
  get closed(): Promise<{ code: number; reason: string }> {
    return inTime(this.#closed.promise, "the connection has ended");
  }

  /** A client that is logged in. */
  static async login(port: number, id: string, content: unknown = {}): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.login(id, content);
    return client;
  }

  /** Sends exactly this. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  /** Sends a frame of these parts, by default under the id of the last login. */
  sendFrame(parts: FrameParts): void {
    this.send(frame({ from_client_id: this.#id, ...parts }));
  }

  /** Asks to be let in, and resolves to the answer. */
  login(id: string, content: unknown = {}): Promise<Frame> {
    this.#id = id;
    this.sendFrame({ msg_type: "login", content });
    return this.next("login_response");
  }

  /** The next frame of that type. */
  next(msgType: string): Promise<Frame> {
    return this.inbox.next((frame) => frame.msg_type === msgType);
  }

  /** What the hub lists: `id: status`. Its answer proves that it has dealt with all that was sent before. */
  async clients(content: unknown = '{"only_show_online": false}'): Promise<Record<string, string>> {
    this.sendFrame({ msg_type: "list_clients", content });
    const { clients } = JSON.parse((await this.next("list_clients_response")).content);
    return Object.fromEntries(
      clients.map(({ client_id, status }: { client_id: string; status: string }) => [client_id, status]),
    );
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
