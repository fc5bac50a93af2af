import { Hub, type HubSettings } from "../../lib/hub/hub.ts";
import type { Connection } from "../../lib/hub/connection.ts";
import type { Transport } from "../../lib/hub/session.ts";
import { Listeners } from "../../lib/listeners/listeners.ts";
import type { Item } from "../../lib/protocol/item.ts";
import { type Frame, frame, type FrameParts, readFrame } from "./frame.ts";
import { tempFolder } from "./start_hub.ts";

/** A connection without a network: what the hub sends is in `sent`; how much of it waits to leave is up to the test. */
export class FakeTransport implements Transport {
  readonly address = "fake";
  readonly sent: Frame[] = [];
  closed: { code: number; reason: string } | undefined;
  /** A transport whose other end does not read keeps all that it is sent. */
  reads = true;
  bufferedAmount = 0;

  send(item: Item): boolean {
    if (this.closed !== undefined) return false;
    if (!this.reads) this.bufferedAmount += item.bytes.length;
    this.sent.push(readFrame(item.text));
    return true;
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  /** The user messages among what was sent. */
  get messages(): Frame[] {
    return this.sent.filter(({ msg_type }) => !/^(login|list_clients)_response$/.test(msg_type));
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
  /** A connection that is logged in. */
  login(id: string, content?: unknown): FakeClient;
}

export async function bareHub(settings: Partial<HubSettings> = {}): Promise<BareHub> {
  const folder = await tempFolder();
  const clientsFile = settings.clientsFile ?? `${folder.path}/clients.yaml`;
  const hub = new Hub({
    heartbeatInterval: 30,
    heartbeatTimeout: 60,
    bufferLimit: 1_000_000,
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
