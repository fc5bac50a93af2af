import { type Frame, frame, type FrameParts, readFrame } from "./frame.ts";
import { Inbox } from "./inbox.ts";

/** The header of a frame of version 2. */
export interface Header {
  seq?: number;
  ack?: number;
  ping?: boolean;
}

/** An item that has come, with its number. */
export interface NumberedItem extends Frame {
  number: number;
}

/** One client's connection to a fake hub of version 2. */
export interface LinesConnection {
  /** What the client's login offered. */
  // deno-lint-ignore no-explicit-any -- tests look into whatever is there
  offer: any;
  /** The items that came. */
  items: Inbox<NumberedItem>;
  /** The headers of all frames that came. */
  headers: Inbox<Header>;
  /** Resolves to the code that the client closed it with. */
  closed: Promise<number>;
  /** Sends a frame of these items, by default from bob. */
  send(header: Header, ...items: FrameParts[]): void;
  /** Sends a receipt as item `seq`. */
  receipt(seq: number, content: unknown): void;
  /** Sends exactly this. */
  sendText(text: string): void;
  close(code?: number, reason?: string): void;
}

/** A hub of version 2 that lets everybody in and then does nothing of itself, unless it `serves`. */
export interface LinesHub extends AsyncDisposable {
  port: number;
  /** Its connections, each once it is logged in. */
  connections: Inbox<LinesConnection>;
}

/** `answer` says what to add to the answer to the nth login, from 1 on; `serves` is what is done with each item. */
export function linesHub(
  answer: (nth: number, offer: LinesConnection["offer"]) => Record<string, unknown> = () => ({}),
  serves: (item: NumberedItem, connection: LinesConnection) => void = () => {},
): LinesHub {
  const connections = new Inbox<LinesConnection>();
  const sockets: WebSocket[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const closed = Promise.withResolvers<number>();
    const connection: LinesConnection = {
      ...{ offer: undefined, items: new Inbox(), headers: new Inbox(), closed: closed.promise },
      send: (header, ...items) => {
        const envelopes = items.map((parts) => frame({ from_client_id: "bob", to_client_id: "ann", ...parts }));
        socket.send([JSON.stringify(header), ...envelopes].join("\n"));
      },
      receipt: (seq, content) => connection.send({ seq }, { from_client_id: "server", msg_type: "receipt", content }),
      sendText: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
    };
    sockets.push(socket);
    socket.onclose = ({ code }) => closed.resolve(code);
    socket.onmessage = ({ data }) => {
      if (connection.offer === undefined) {
        const { from_client_id, content } = readFrame(data);
        connection.offer = content;
        const nth = sockets.indexOf(socket) + 1;
        const accepted = { status: "success", protocol: 2, session: `session ${nth}`, resumed: false, received: 0 };
        const own = { ...accepted, limits: { frame_bytes: 1 << 20 }, ...answer(nth, content) };
        socket.send(
          frame({ from_client_id: "server", to_client_id: from_client_id, msg_type: "login_response", content: own }),
        );
        connections.push(connection);
        return;
      }
      const [header, ...items] = data.split("\n");
      const { seq } = JSON.parse(header);
      connection.headers.push(JSON.parse(header));
      items.forEach((text: string, index: number) => {
        const item = { ...readFrame(text), number: seq + index };
        connection.items.push(item);
        serves(item, connection);
      });
    };
    return response;
  });
  return {
    port: server.addr.port,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) if (socket.readyState <= WebSocket.OPEN) socket.close();
      await server.shutdown();
    },
  };
}

/** Receipts every message to a client as delivered, and what goes to all as having reached three. */
export function deliverAll(): (item: NumberedItem, connection: LinesConnection) => void {
  const sent = new WeakMap<LinesConnection, number>();
  return (item, connection) => {
    if (["logout", "list_clients", "login"].includes(item.msg_type)) return;
    const seq = (sent.get(connection) ?? 0) + 1;
    sent.set(connection, seq);
    const report = item.to_client_id === "all"
      ? { reached: [[item.number, 3]] }
      : { delivered: [[item.number, item.number]] };
    connection.receipt(seq, report);
  };
}
