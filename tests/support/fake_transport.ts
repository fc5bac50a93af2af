import { Hub, type HubSettings } from "../../lib/hub/hub.ts";
import type { Connection } from "../../lib/hub/connection.ts";
import type { Source, Transport } from "../../lib/hub/transport.ts";
import type { MailboxSettings } from "../../lib/hub/mailbox.ts";
import type { Outcome } from "../../lib/hub/parcel.ts";
import { readEnvelope } from "../../lib/protocol/envelope.ts";
import { Listeners } from "../../lib/listeners/listeners.ts";
import type { Item } from "../../lib/protocol/item.ts";
import { type LinesHeader, readHeader } from "../../lib/protocol/lines.ts";
import { type Frame, frame, type FrameParts, readFrame } from "./frame.ts";
import { tempFolder } from "./start_hub.ts";

/** A connection without a network: what the hub sends is in `sent`, and it leaves at once where the test wants it to. */
export class FakeTransport implements Transport {
  readonly address = "fake";
  readonly sent: Frame[] = [];
  /** The headers of what came as lines. */
  readonly headers: LinesHeader[] = [];
  closed: { code: number; reason: string } | undefined;
  bufferedAmount = 0;
  #reads = true;
  #source: Source | undefined;

  /** A transport whose other end does not read keeps all that it is sent. */
  get reads(): boolean {
    return this.#reads;
  }

  set reads(reads: boolean) {
    this.#reads = reads;
    this.wake();
  }

  send(item: Item): void {
    if (this.closed !== undefined) return;
    if (!this.reads) this.bufferedAmount += item.bytes.length;
    this.sent.push(readFrame(item.text));
  }

  attach(source: Source): void {
    this.#source = source;
    this.wake();
  }

  wake(): void {
    while (this.#reads && this.closed === undefined) {
      const batch = this.#source?.take();
      if (batch === undefined) return;
      if (batch.header !== undefined) this.headers.push(readHeader(batch.header));
      this.sent.push(...batch.items.map(({ text }) => readFrame(text)));
      this.#source!.left(batch.items.length);
    }
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  /** The user messages among what was sent. */
  get messages(): Frame[] {
    return this.sent.filter(({ msg_type }) => !/^((login|list_clients)_response|receipt)$/.test(msg_type));
  }
}

/** A client on a fake transport. */
export interface FakeClient {
  id: string;
  transport: FakeTransport;
  connection: Connection;
  /** Sends a frame from this client. */
  send(parts: FrameParts): void;
  /** Sends any text, or any bytes. */
  sendRaw(data: string | Uint8Array): void;
}

/** A hub that listens nowhere. Disposing of it stops it and removes its folder. */
export interface BareHub extends AsyncDisposable {
  hub: Hub;
  clientsFile: string;
  /** A connection, not logged in. */
  connect(id: string): FakeClient;
  /** Sends a message from the hub itself. */
  sendOwn(content: string, toClientId: string): Promise<Outcome | number>;
  /** A connection that is logged in. */
  login(id: string, content?: unknown): FakeClient;
}

type BareSettings = Partial<Omit<HubSettings, "mailbox"> & { mailbox: Partial<MailboxSettings> }>;

export async function bareHub({ mailbox, ...settings }: BareSettings = {}): Promise<BareHub> {
  const folder = await tempFolder();
  const clientsFile = settings.clientsFile ?? `${folder.path}/clients.yaml`;
  const hub = new Hub({
    heartbeatInterval: 30,
    heartbeatTimeout: 60,
    bufferLimit: 1_000_000,
    totalBufferLimit: 1_000_000_000,
    resumeWindow: 10,
    drainTime: 0.01,
    mailbox: {
      file: `${folder.path}/mailbox.db`,
      maxMessages: 2000,
      maxBytes: 1e8,
      maxTotalBytes: 1e9,
      lifetime: 3600,
      ...mailbox,
    },
    ...settings,
    clientsFile,
  }, new Listeners("server", () => undefined));
  await hub.start();
  const connect = (id: string): FakeClient => {
    const transport = new FakeTransport();
    const connection = hub.connect(transport);
    const sendRaw = (data: string | Uint8Array) => {
      connection.receive(typeof data === "string" ? new TextEncoder().encode(data) : data);
    };
    return { id, transport, connection, sendRaw, send: (parts) => sendRaw(frame({ from_client_id: id, ...parts })) };
  };
  return {
    hub,
    clientsFile,
    connect,
    sendOwn: (content, to_client_id) =>
      hub.send(readEnvelope(frame({ from_client_id: "server", to_client_id, content }))),
    login: (id, content = {}) => {
      const client = connect(id);
      client.send({ msg_type: "login", content });
      return client;
    },
    async [Symbol.asyncDispose]() {
      await hub.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
