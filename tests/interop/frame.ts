import { Inbox } from "./inbox.ts";

/** The keys of an envelope, each with any value at all. */
export interface FrameFields {
  msg_id?: unknown;
  from_client_id?: unknown;
  to_client_id?: unknown;
  msg_type?: unknown;
  content?: unknown;
  timestamp?: unknown;
  oss_key?: unknown;
  [key: string]: unknown;
}

let counter = 0;

/** The text of a frame: a good text message to everybody, but for `fields`. What is `undefined` is left out. */
export function frame(fields: FrameFields): string {
  return JSON.stringify({
    msg_id: `${fields.from_client_id}_${++counter}`,
    to_client_id: "all",
    msg_type: "text",
    content: "",
    timestamp: Date.now() / 1000,
    oss_key: null,
    ...fields,
  });
}

/** A connection that sends and receives frames as text: what a client makes of them must not hide what they are. */
export class RawPeer implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #frames = new Inbox<string>();
  readonly #closed = Promise.withResolvers<void>();

  static async connect(port: number): Promise<RawPeer> {
    const peer = new RawPeer(port);
    await new Promise((resolve, reject) => {
      peer.#socket.onopen = resolve;
      peer.#socket.onerror = reject;
    });
    return peer;
  }

  private constructor(port: number) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`);
    this.#socket.onmessage = ({ data }) => this.#frames.push(data);
    this.#socket.onclose = () => this.#closed.resolve();
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Waits for the next frame that has `part` in it. */
  received(part: string): Promise<string> {
    return this.#frames.take((text) => text.includes(part));
  }

  /** Logs in under that id, and waits for the answer; returns the text of it. */
  async login(clientId: string, content: unknown = {}): Promise<string> {
    this.send(frame({ from_client_id: clientId, to_client_id: "server", msg_type: "login", content }));
    return await this.received('"login_response"');
  }

  async [Symbol.asyncDispose]() {
    this.#socket.close();
    await this.#closed.promise;
  }
}
