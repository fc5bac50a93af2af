import { getLogger } from "@logtape/logtape";
import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerOptions, ServerResponse } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Hub } from "../hub/hub.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { reachableHost } from "../protocol/host.ts";
import { OWN_FRAME_LIMIT } from "../protocol/item.ts";
import { Turns } from "./turns.ts";
import type { Certificate } from "./certificate.ts";
import { ConnectionCount, type Refusal } from "./connection_count.ts";
import type { MessageLimits } from "./frame_reader.ts";
import { handshakeAnswer, handshakeFault } from "./handshake.ts";
import { dropRest, exchange, type HttpHandler } from "./http_exchange.ts";
import { InnerDoor } from "./inner_door.ts";
import type { GatewayLimits } from "./limits.ts";
import { LoginDeadline } from "./login_deadline.ts";
import { offeredToken } from "./offered_token.ts";
import { isDeaf } from "./knock.ts";
import { isAllowedOrigin } from "./origin.ts";
import { peerAddress } from "./peer_address.ts";
import { RateLimit } from "./rate_limit.ts";
import { ServerWebSocket } from "./server_web_socket.ts";
import { Flushes, SocketTransport } from "./socket_transport.ts";
import { holdBackBeneath } from "./tls_back_pressure.ts";
import { type MessageSender, UnfinishedMessages } from "./unfinished_messages.ts";

const log = getLogger(["crosscomm", "gateway"]);

/** How often connections are asked whether they are still there, and how long they may take to close, in ms. */
const PROBE_MS = 60_000;
/** How often the gateway knocks at its own door, in ms. */
const KNOCK_MS = 5_000;
const CLOSE_MS = 2_000;
/** Browsers send a message of 64 MiB in about 1,000 frames. */
const MAX_FRAGMENTS = 4_096;
/** How long a message may be before the login, in bytes: strangers are many, and a login is short. */
const STRANGER_BYTES = 64 * 1024;
/** So much is read from a WebSocket in its turn, in bytes: who sends without end would keep the others from being heard. */
const TURN_BYTES = 1024 * 1024;

/** What a gateway is set to. */
export interface GatewaySettings {
  /** The address to listen on. */
  ip: string;
  /** The port to listen on; 0 takes a free one. */
  port: number;
  limits: GatewayLimits;
  /** How much may have come of messages that are not whole, on all connections together, in bytes. */
  maxUnfinishedBytes: number;
  /** Where web pages may come from besides the gateway's own address, in lower case; `*` for anywhere. */
  allowedOrigins: readonly string[];
  /** Makes it TLS. The gateway watches it, and disposes of it in the end. */
  certificate?: Certificate;
  /** Answers requests to the store, where there is one. */
  store?: HttpHandler;
}

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
  readonly #settings: GatewaySettings;
  readonly #server: Server | SecureServer;
  readonly #transports = new Set<SocketTransport>();
  readonly #flushes = new Flushes();
  readonly #connections: ConnectionCount;
  /** The last answer on a connection, while it is under way. */
  readonly #answers = new WeakMap<Socket, ServerResponse>();
  readonly #deadline: LoginDeadline;
  readonly #unfinished: UnfinishedMessages;
  readonly #turns = new Turns();
  readonly #innerDoor: InnerDoor | undefined;
  #addr: AddressInfo | undefined;
  #isClosing = false;
  #probing: ReturnType<typeof setInterval> | undefined;
  #nextKnock: ReturnType<typeof setTimeout> | undefined;
  #knocking: Promise<void> | undefined;

  private constructor(hub: Hub, settings: GatewaySettings, server: Server | SecureServer) {
    const { limits, certificate, store } = settings;
    this.#hub = hub;
    this.#settings = settings;
    this.#server = server;
    this.#connections = new ConnectionCount(limits.maxConnections, limits.maxConnectionsPerAddress);
    this.#deadline = new LoginDeadline(limits.loginTimeout);
    this.#unfinished = new UnfinishedMessages(settings.maxUnfinishedBytes);
    this.#innerDoor = certificate && store && new InnerDoor((request, response) => {
      exchange(store, request, response, this.#turns);
    });
    server.on("connection", (socket: Socket) => this.#connections.add(socket));
    if (certificate !== undefined) server.on("secureConnection", holdBackBeneath);
    server.on("request", (request, response) => this.#answer(request, response));
    server.on("upgrade", (request, socket: Socket, head) => this.#upgrade(request, socket, head));
  }

  /**
   * Listens.
   *
   * @throws {CrossCommError} `PORT_IN_USE` or `LISTEN_FAILED`.
   */
  static async listen(hub: Hub, settings: GatewaySettings): Promise<Gateway> {
    const { ip, port, certificate } = settings;
    const server = await makeServer(settings);
    const gateway = new Gateway(hub, settings, server);
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(port, ip, listening.resolve);
    try {
      await listening.promise;
    } catch (cause) {
      gateway.#stopLooking();
      throw listenError(ip, port, cause as Error);
    }
    server.off("error", listening.reject);
    gateway.#addr = server.address() as AddressInfo;
    server.on("error", (error) => log.error("The gateway failed: {error}", { error }));
    gateway.#probing = setInterval(() => gateway.#probe(), PROBE_MS);
    gateway.#knockLater();
    certificate?.watch((pair) => (server as SecureServer).setSecureContext(pair));
    return gateway;
  }

  /** Where it listens, or did until it was closed. */
  get addr(): { hostname: string; port: number } {
    const { address, port } = this.#addr!;
    return { hostname: address, port };
  }

  /** Where the hub itself reaches its store. */
  async storeAddress(): Promise<string> {
    if (this.#innerDoor !== undefined) return await this.#innerDoor.address();
    const { hostname, port } = this.addr;
    return `http://${reachableHost(hostname)}:${port}`;
  }

  /** Stops listening; resolves when the connections have closed, if need be by force. */
  async close(): Promise<void> {
    this.#stopLooking();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const forced = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      for (const transport of this.#transports) transport.terminate();
      this.#server.closeAllConnections();
      forced.resolve(); // Deno 2.4 does not tell of the end of a connection on which nothing has come
    }, CLOSE_MS);
    this.#server.closeIdleConnections();
    await Promise.all([Promise.race([closed, forced.promise]), this.#innerDoor?.close(), this.#knocking]);
    clearTimeout(timer);
    this.#turns[Symbol.dispose]();
  }

  #stopLooking(): void {
    this.#isClosing = true;
    clearInterval(this.#probing);
    clearTimeout(this.#nextKnock);
    this.#deadline[Symbol.dispose]();
    this.#unfinished[Symbol.dispose]();
    this.#settings.certificate?.[Symbol.dispose]();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.socket.setTimeout(this.#settings.limits.idleTimeout * 1000); // `server.timeout` costs each WebSocket a timer, too
    this.#answers.set(request.socket, response);
    response.once("close", () => {
      if (this.#answers.get(request.socket) === response) this.#answers.delete(request.socket);
    });
    request.url = originForm(request.url ?? "/");
    const { store } = this.#settings;
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      refuse(response, refusal);
    } else if (request.method === "GET" && request.url.split("?")[0] === "/healthz") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "ok", online_clients: this.#hub.onlineClients().length }));
      response.once("finish", () => dropRest(request));
    } else if (store !== undefined && (request.url !== "/" || request.headers.authorization !== undefined)) {
      exchange(store, request, response, this.#turns);
    } else {
      response.writeHead(426, { upgrade: "websocket", connection: "upgrade" });
      response.end("This is a crosscomm hub: connect with a WebSocket.\n");
      response.once("finish", () => dropRest(request));
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.#answers.has(socket)) return void socket.destroy(); // the answer would get in among the frames
    const refusal = this.#refusal(request) ?? handshakeFault(request);
    if (refusal !== undefined) return this.#turnAway(request, socket, refusal);
    if (!socket.readable || !socket.writable) return void socket.destroy(); // it has been closed already
    socket.write(handshakeAnswer(request));
    this.#connect(socket, head, offeredToken(request.headers.authorization));
  }

  /** Says why no WebSocket comes of a request. Whoever stays all the same is cut off. */
  #turnAway(request: IncomingMessage, socket: Socket, refusal: Refusal): void {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => socket.end());
    refuse(response, refusal);
    const timer = setTimeout(() => socket.destroy(), this.#settings.limits.loginTimeout * 1000);
    socket.on("error", () => socket.destroy()).once("close", () => clearTimeout(timer));
    socket.resume(); // what else comes is dropped, and its end is seen
  }

  #refusal({ socket, headers }: IncomingMessage): Refusal | undefined {
    const { origin, host } = headers;
    if (origin !== undefined && !isAllowedOrigin(origin, host, this.#settings.allowedOrigins)) {
      return { status: 403, reason: "this hub lets no web pages of that origin in: start it with --allow-origin" };
    }
    return this.#connections.refusal(socket);
  }

  #connect(socket: Socket, head: Buffer, token: string | undefined): void {
    const { maxMessagesPerSecond, maxBytesPerSecond } = this.#settings.limits;
    const webSocket = new ServerWebSocket(socket);
    const transport = new SocketTransport(webSocket, socket, this.#flushes);
    const address = peerAddress(socket.remoteAddress);
    const connection = this.#hub.connect(transport, { token, address });
    const rate = new RateLimit(maxMessagesPerSecond, maxBytesPerSecond, {
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
      onEpisode: () => connection.complain("it sends more than its share: the hub reads it more slowly"),
    });
    const sender: MessageSender = {
      address,
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
      giveUp: () => {
        const why = "its message has not come whole, and others wait until there is room";
        connection.complain(why);
        connection.drop(4002, why);
        webSocket.abandon();
      },
    };
    this.#transports.add(transport);
    this.#deadline.add(connection);
    let sinceTurn = 0;
    const limits: MessageLimits = { maxBytes: STRANGER_BYTES, maxFragments: MAX_FRAGMENTS };
    webSocket.listen(limits, head, {
      onMessage: (bytes) => {
        this.#turns.heard();
        rate.took(connection.receive(bytes), bytes.length);
        limits.maxBytes = connection.isIn ? OWN_FRAME_LIMIT : STRANGER_BYTES;
      },
      onSign: () => rate.took(1, 0),
      onRead: (bytes, unfinished) => {
        this.#unfinished.hold(sender, unfinished);
        sinceTurn += bytes;
        if (sinceTurn < TURN_BYTES) return;
        sinceTurn = 0;
        webSocket.pause();
        this.#turns.wait(1, () => webSocket.resume());
      },
      onFault: (fault) => connection.complain(fault),
      onEnd: () => {
        this.#transports.delete(transport);
        this.#deadline.delete(connection);
        this.#unfinished.hold(sender, 0);
        rate[Symbol.dispose]();
        connection.closed();
      },
    });
  }

  #probe(): void {
    for (const transport of this.#transports) transport.probe();
  }

  #knockLater(): void {
    this.#nextKnock = setTimeout(() => this.#knocking = this.#knock(), KNOCK_MS);
  }

  /** Listens anew where nobody is heard any more. */
  async #knock(): Promise<void> {
    const { hostname, port } = this.addr;
    const isUnheard = await isDeaf(hostname, port);
    if (this.#isClosing) return;
    this.#knockLater();
    if (!isUnheard) return;
    log.error("The hub took no connections any more, for the system allows it too few open files: raise that limit");
    this.#server.close();
    this.#server.listen(port, this.#settings.ip);
  }
}

async function makeServer({ limits, certificate }: GatewaySettings): Promise<Server | SecureServer> {
  const timeout = limits.loginTimeout * 1000;
  const options = {
    ...ONLY_WEB_SOCKETS,
    headersTimeout: timeout,
    connectionsCheckingInterval: timeout / 10,
    requestTimeout: 0, // a body may take its time: the store looks whether it moves
  };
  if (certificate === undefined) return createServer(options);
  const { createServer: createSecureServer } = await import("node:https"); // with TLS, which takes a while to load
  return certificate.use((pair) => createSecureServer({ ...options, ...pair, handshakeTimeout: timeout }));
}

function refuse(response: ServerResponse, { status, reason, headers }: Refusal): void {
  response.writeHead(status, { connection: "close", "content-type": "text/plain", ...headers });
  response.end(`${reason}\n`);
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
