import { getLogger } from "@logtape/logtape";
import type { Hub } from "../hub/hub.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { SocketTransport } from "./socket_transport.ts";

const log = getLogger(["crosscomm", "gateway"]);

/** The hub's door: listens on a port, lets WebSockets in on any path, and answers `/healthz`. */
export class Gateway {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /**
   * Listens. Port 0 takes a free one.
   *
   * @throws {CrossCommError} `PORT_IN_USE` or `LISTEN_FAILED`.
   */
  constructor(hub: Hub, ip: string, port: number) {
    try {
      this.#server = Deno.serve({
        hostname: ip,
        port,
        onListen: () => {},
        onError: (error) => {
          log.error("A request failed: {error}", { error });
          return new Response("the request failed\n", { status: 500 });
        },
      }, (request, { remoteAddr }) => answer(hub, request, remoteAddr));
    } catch (cause) {
      throw listenError(ip, port, cause);
    }
  }

  get addr(): Deno.NetAddr {
    return this.#server.addr;
  }

  /** Stops listening; resolves when all that was answered is out. */
  async close(): Promise<void> {
    await this.#server.shutdown();
  }
}

function answer(hub: Hub, request: Request, remote: Deno.NetAddr): Response {
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return upgrade(hub, request, remote);
  if (new URL(request.url).pathname === "/healthz") {
    return Response.json({ status: "ok", online_clients: hub.onlineClients().length });
  }
  return new Response("This is a crosscomm hub: connect with a WebSocket.\n", {
    status: 426,
    headers: { upgrade: "websocket", connection: "upgrade" },
  });
}

function upgrade(hub: Hub, request: Request, remote: Deno.NetAddr): Response {
  let upgraded: Deno.WebSocketUpgrade;
  try {
    upgraded = Deno.upgradeWebSocket(request);
  } catch (error) {
    return new Response(`this is no WebSocket handshake: ${(error as Error).message}\n`, { status: 400 });
  }
  const { socket, response } = upgraded;
  const connection = hub.connect(new SocketTransport(socket, remote));
  socket.onmessage = ({ data }) => connection.receive(data);
  // Either may come twice, or alone; the connection does not mind.
  socket.onclose = () => connection.closed();
  socket.onerror = () => connection.closed();
  return response;
}

function listenError(ip: string, port: number, cause: unknown): CrossCommError {
  if (cause instanceof Deno.errors.AddrInUse) {
    return new CrossCommError(
      "PORT_IN_USE",
      `port ${port} of ${ip} is in use, perhaps by another hub: stop that program, or choose another port`,
      { cause },
    );
  }
  return new CrossCommError(
    "LISTEN_FAILED",
    `cannot listen on port ${port} of ${ip} (${(cause as Error).message}): is that an address of this machine?`,
    { cause },
  );
}
