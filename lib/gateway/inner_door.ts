import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exchange, type HttpHandler } from "./http_exchange.ts";

/**
 * The hub's own way to its store where the gateway is encrypted: a certificate is made out to a name, and the hub need
 * not know that name, nor trust who signed it. It leads from this machine to the store, which asks for signatures.
 */
export class InnerDoor {
  readonly #store: HttpHandler;
  #server: Server | undefined;
  #listening: Promise<void> | undefined;

  constructor(store: HttpHandler) {
    this.#store = store;
  }

  /** Its address; it listens once somebody asks. */
  async address(): Promise<string> {
    const server = this.#server ??= createServer((request, response) => exchange(this.#store, request, response));
    await (this.#listening ??= new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    }));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Stops listening, and ends what is under way. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await this.#listening?.catch(() => {});
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
