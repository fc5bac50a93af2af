import { type Frame, frame, type FrameParts, readFrame } from "./frame.ts";
import { Inbox } from "./inbox.ts";

/** One client's connection, as a fake hub sees it. */
export interface FakeHubConnection {
  /** Sends a frame of these parts, by default from the hub. */
  send(parts: FrameParts): void;
  /** Sends exactly this. */
  sendText(text: string): void;
  close(code?: number): void;
}

/** What a fake hub does with a frame. */
export type Answer = (frame: Frame, connection: FakeHubConnection) => void;

/** A hub that knows no more than Python's: it lets everybody in and says nothing of limits. */
export const likePython: Answer = ({ msg_type, from_client_id, content }, { send }) => {
  if (msg_type === "login") {
    send({ to_client_id: from_client_id, msg_type: "login_response", content: { status: "success" } });
  } else if (msg_type === "list_clients") {
    const { only_show_online } = JSON.parse(content);
    const list = { clients: [], total_count: 0, only_show_online };
    send({ to_client_id: from_client_id, msg_type: "list_clients_response", content: JSON.stringify(list) });
  }
};

/** A hub that does as the test says. Disposing of it ends its connections. */
export interface FakeHub extends AsyncDisposable {
  port: number;
  /** What came in. */
  inbox: Inbox<Frame>;
  /** Its connections, the latest last. */
  connections: FakeHubConnection[];
}

export function fakeHub(answer: Answer = likePython): FakeHub {
  const inbox = new Inbox<Frame>();
  const sockets: WebSocket[] = [];
  const connections: FakeHubConnection[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const connection: FakeHubConnection = {
      send: (parts) => socket.send(frame({ from_client_id: "server", ...parts })),
      sendText: (text) => socket.send(text),
      close: (code) => socket.close(code),
    };
    sockets.push(socket);
    connections.push(connection);
    socket.onmessage = ({ data }) => {
      const received = readFrame(data);
      inbox.push(received);
      answer(received, connection);
    };
    return response;
  });
  return {
    port: server.addr.port,
    inbox,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) if (socket.readyState <= WebSocket.OPEN) socket.close();
      await server.shutdown();
    },
  };
}
