import type { Buffer } from "node:buffer";
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Hub } from "../hub/hub.ts";
import type { ConnectionCount, Refusal } from "./connection_count.ts";
import type { Guests } from "./guests.ts";
import { handshakeAnswer, handshakeFault } from "./handshake.ts";
import { dropRest, exchange, type HttpHandler } from "./http_exchange.ts";
import type { GatewayLimits } from "./limits.ts";
import { offeredToken } from "./offered_token.ts";
import { isAllowedOrigin } from "./origin.ts";
import type { Turns } from "./turns.ts";

/** What a reception sends people to, and whom it is to let in. */
export interface ReceptionSettings {
  hub: Hub;
  limits: GatewayLimits;
  allowedOrigins: readonly string[];
  /** Answers requests to the store, where there is one. */
  store: HttpHandler | undefined;
  connections: ConnectionCount;
  guests: Guests;
  turns: Turns;
}

/**
 * Where all requests come to: makes WebSockets of those that ask for one on any path, answers `/healthz`, leaves others
 * to the object store, if there is one, and says why what is refused is.
 */
export class Reception {
  readonly #settings: ReceptionSettings;
  /** The last answer on a connection, while it is under way. */
  readonly #answers = new WeakMap<Socket, ServerResponse>();

  constructor(settings: ReceptionSettings) {
    this.#settings = settings;
  }

  /** Answers a request. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const { hub, limits, store, turns } = this.#settings;
    request.socket.setTimeout(limits.idleTimeout * 1000); // `server.timeout` costs each WebSocket a timer, too
    this.#answers.set(request.socket, response);
    response.once("close", () => {
      if (this.#answers.get(request.socket) === response) this.#answers.delete(request.socket);
    });
    request.url = originForm(request.url ?? "/");
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      refuse(response, refusal);
    } else if (request.method === "GET" && request.url.split("?")[0] === "/healthz") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "ok", online_clients: hub.onlineClients().length }));
      response.once("finish", () => dropRest(request));
    } else if (store !== undefined && (request.url !== "/" || request.headers.authorization !== undefined)) {
      exchange(store, request, response, turns);
    } else {
      response.writeHead(426, { upgrade: "websocket", connection: "upgrade" });
      response.end("This is a crosscomm hub: connect with a WebSocket.\n");
      response.once("finish", () => dropRest(request));
    }
  }

  /** Makes a WebSocket of a request that asks for one. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.#answers.has(socket)) return void socket.destroy(); // the answer would get in among the frames
    const refusal = this.#refusal(request) ?? handshakeFault(request);
    if (refusal !== undefined) return this.#turnAway(request, socket, refusal);
    if (!socket.readable || !socket.writable) return void socket.destroy(); // it has been closed already
    socket.write(handshakeAnswer(request));
    this.#settings.guests.add(socket, head, offeredToken(request.headers.authorization));
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
    return this.#settings.connections.refusal(socket);
  }
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
