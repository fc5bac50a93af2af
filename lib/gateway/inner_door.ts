import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The hub's own way to its store where the gateway is encrypted: a certificate is made out to a name, and the hub need
 * not know that name, nor trust who signed it. It leads from this machine to the store, which asks for signatures.
 */
export class InnerDoor {
  readonly #answer: RequestListener;
  #server: Server | undefined;
  #listening: Promise<void> | undefined;

  constructor(answer: RequestListener) {
    this.#answer = answer;
  }

  /** Its address; it listens once somebody asks. */
  async address(): Promise<string> {
    const server = this.#server ??= createServer(this.#answer);
    await (this.#listening ??= this.#listen(server));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Where it fails, as for want of open files, whoever asks next tries again. */
  async #listen(server: Server): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.on("error", reject); // stays, or an error later on would end the hub
    server.listen(0, "127.0.0.1", resolve);
    try {
      await promise;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
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
