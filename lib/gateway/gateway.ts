import { getLogger } from "@logtape/logtape";
import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
// @ts-types="./ws.d.ts"
import { type WebSocket, WebSocketServer } from "ws";
import type { Hub } from "../hub/hub.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { OWN_FRAME_LIMIT } from "../protocol/item.ts";
import { exchange, type HttpHandler } from "./http_exchange.ts";
import { Flushes, SocketTransport } from "./socket_transport.ts";

const log = getLogger(["crosscomm", "gateway"]);

/** How often connections are asked whether they are still there, and how long they may take to close, in ms. */
const PROBE_MS = 60_000;
const CLOSE_MS = 2_000;

/**
 * Java's HTTP client offers HTTP/2 with each request: that is declined by answering as if it had not. The types do not
 * know this option of Node's yet.
 */
const ONLY_WEB_SOCKETS: ServerOptions & { shouldUpgradeCallback(request: IncomingMessage): boolean } = {
  shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
};

/**
 * The hub's door: listens on a port, lets WebSockets in on any path, answers `/healthz`, and leaves other requests to
 * the object store, if there is one.
 *
 * `Deno.upgradeWebSocket` would do, but each of its sends is a system call: on two cores and with 100 receivers it
 * passes on about 0.17 million messages a second, and this one about 2 million. It also hides the socket, and so
 * leaves no way to end a connection that is not being read.
 */
export class Gateway {
  readonly #hub: Hub;
  readonly #store: HttpHandler | undefined;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: OWN_FRAME_LIMIT,
  });
  readonly #transports = new Set<SocketTransport>();
  readonly #flushes = new Flushes();
  #probing: ReturnType<typeof setInterval> | undefined;

  private constructor(hub: Hub, store: HttpHandler | undefined) {
    this.#hub = hub;
    this.#store = store;
    this.#server = createServer(ONLY_WEB_SOCKETS, (request, response) => this.#answer(request, response));
    this.#server.on("upgrade", (request, socket: Socket, head) => this.#upgrade(request, socket, head));
  }

  /**
   * Listens. Port 0 takes a free one.
   *
   * @throws {CrossCommError} `PORT_IN_USE` or `LISTEN_FAILED`.
   */
  static async listen(hub: Hub, ip: string, port: number, store?: HttpHandler): Promise<Gateway> {
    const gateway = new Gateway(hub, store);
    const server = gateway.#server;
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(port, ip, listening.resolve);
    try {
      await listening.promise;
    } catch (cause) {
      throw listenError(ip, port, cause as Error);
    }
    server.off("error", listening.reject);
    server.on("error", (error) => log.error("The gateway failed: {error}", { error }));
    gateway.#probing = setInterval(() => gateway.#probe(), PROBE_MS);
    return gateway;
  }

  get addr(): { hostname: string; port: number } {
    const { address, port } = this.#server.address() as AddressInfo;
    return { hostname: address, port };
  }

  /** Stops listening; resolves when the connections have closed, if need be by force. */
  async close(): Promise<void> {
    clearInterval(this.#probing);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const forced = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      for (const transport of this.#transports) transport.terminate();
      this.#server.closeAllConnections();
      forced.resolve(); // Deno 2.4 does not tell of the end of a connection on which nothing has come
    }, CLOSE_MS);
    this.#server.closeIdleConnections();
    await Promise.race([closed, forced.promise]);
    clearTimeout(timer);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.url = originForm(request.url ?? "/");
    if (request.method === "GET" && request.url.split("?")[0] === "/healthz") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "ok", online_clients: this.#hub.onlineClients().length }));
    } else if (this.#store !== undefined && (request.url !== "/" || request.headers.authorization !== undefined)) {
      exchange(this.#store, request, response);
    } else {
      response.writeHead(426, { upgrade: "websocket", connection: "upgrade" });
      response.end("This is a crosscomm hub: connect with a WebSocket.\n");
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#connect(webSocket, socket));
  }

  #connect(webSocket: WebSocket, socket: Socket): void {
    socket.setNoDelay(true);
    const transport = new SocketTransport(webSocket, socket, this.#flushes);
    const connection = this.#hub.connect(transport);
    this.#transports.add(transport);
    webSocket.on("message", (data) => connection.receive(data));
    webSocket.on("error", (error) => connection.complain(error)); // a close follows
    webSocket.on("close", () => {
      this.#transports.delete(transport);
      connection.closed();
    });
  }

  #probe(): void {
    for (const transport of this.#transports) transport.probe();
  }
}

/** An address without scheme and host, which senders that are set up for a proxy put before the path. */
function originForm(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, "");
  return path.startsWith("/") ? path : `/${path}`;
}

function listenError(ip: string, port: number, cause: Error & { code?: string }): CrossCommError {
  if (cause.code === "EADDRINUSE") {
    return new CrossCommError(
      "PORT_IN_USE",
      `port ${port} of ${ip} is in use, perhaps by another hub: stop that program, or choose another port`,
      { cause },
    );
  }
  return new CrossCommError(
    "LISTEN_FAILED",
    `cannot listen on port ${port} of ${ip} (${cause.message}): is that an address of this machine, and a free port?`,
    { cause },
  );
}
