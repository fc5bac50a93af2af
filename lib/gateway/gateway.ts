import { getLogger } from "@logtape/logtape";
import { createServer, type IncomingMessage, type Server, type ServerOptions } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Hub } from "../hub/hub.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { reachableHost } from "../protocol/host.ts";
import type { Certificate } from "./certificate.ts";
import { ConnectionCount } from "./connection_count.ts";
import { Guests } from "./guests.ts";
import { exchange, type HttpHandler } from "./http_exchange.ts";
import { InnerDoor } from "./inner_door.ts";
import { isDeaf } from "./knock.ts";
import type { GatewayLimits } from "./limits.ts";
import { Reception } from "./reception.ts";
import { holdBackBeneath } from "./tls_back_pressure.ts";
import { Turns } from "./turns.ts";

const log = getLogger(["crosscomm", "gateway"]);

/** How often connections are asked whether they are still there, and how long they may take to close, in ms. */
const PROBE_MS = 60_000;
/** How often the gateway knocks at its own door, in ms. */
const KNOCK_MS = 5_000;
const CLOSE_MS = 2_000;

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
 * The hub's door: listens on a port, for as long as it is open.
 *
 * `Deno.upgradeWebSocket` would do, but each of its sends is a system call: on two cores and with 100 receivers it
 * passes on about 0.17 million messages a second, and this one about 2 million. It also hides the socket, and so
 * leaves no way to end a connection that is not being read.
 */
export class Gateway {
  readonly #settings: GatewaySettings;
  readonly #server: Server | SecureServer;
  readonly #guests: Guests;
  readonly #turns = new Turns();
  readonly #innerDoor: InnerDoor | undefined;
  #addr: AddressInfo | undefined;
  #isClosing = false;
  #probing: ReturnType<typeof setInterval> | undefined;
  #nextKnock: ReturnType<typeof setTimeout> | undefined;
  #knocking: Promise<void> | undefined;

  private constructor(hub: Hub, settings: GatewaySettings, server: Server | SecureServer) {
    const { limits, certificate, store, allowedOrigins, maxUnfinishedBytes } = settings;
    this.#settings = settings;
    this.#server = server;
    const turns = this.#turns;
    const guests = this.#guests = new Guests(hub, limits, maxUnfinishedBytes, turns);
    const connections = new ConnectionCount(limits.maxConnections, limits.maxConnectionsPerAddress);
    const reception = new Reception({ hub, limits, allowedOrigins, store, connections, guests, turns });
    this.#innerDoor = certificate && store && new InnerDoor((request, response) => {
      exchange(store, request, response, turns);
    });
    server.on("connection", (socket: Socket) => connections.add(socket));
    if (certificate !== undefined) server.on("secureConnection", holdBackBeneath);
    server.on("request", (request, response) => reception.answer(request, response));
    server.on("upgrade", (request, socket: Socket, head) => reception.upgrade(request, socket, head));
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
    gateway.#probing = setInterval(() => gateway.#guests.probe(), PROBE_MS);
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
      this.#guests.terminate();
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
    this.#guests[Symbol.dispose]();
    this.#settings.certificate?.[Symbol.dispose]();
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
