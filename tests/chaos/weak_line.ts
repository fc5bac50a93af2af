/** A line to the hub that can be cut, or stall: a TCP proxy. */
export class WeakLine {
  readonly port: number;
  readonly #hubPort: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  #stall: PromiseWithResolvers<void> | undefined;

  constructor(hubPort: number) {
    this.#hubPort = hubPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accept();
  }

  /** Breaks what is connected. */
  cut(): void {
    for (const connection of this.#connections) close(connection);
  }

  /** Lets nothing through for a while. */
  async stall(ms: number): Promise<void> {
    const stall = this.#stall = Promise.withResolvers<void>();
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (this.#stall === stall) this.#stall = undefined;
    stall.resolve();
  }

  stop(): void {
    close(this.#listener);
    this.#stall?.resolve();
    this.cut();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.#serve(client);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    let hub: Deno.TcpConn | undefined;
    try {
      this.#connections.add(client);
      hub = await Deno.connect({ hostname: "127.0.0.1", port: this.#hubPort });
      this.#connections.add(hub);
      await Promise.race([this.#pass(client, hub), this.#pass(hub, client)]);
    } catch {
      // the hub is down, or one of the two has broken off
    }
    for (const connection of [client, hub]) {
      if (connection === undefined) continue;
      this.#connections.delete(connection);
      close(connection);
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65536);
    for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
      await this.#stall?.promise;
      for (let written = 0; written < read;) written += await to.write(buffer.subarray(written, read));
    }
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // it is closed
  }
}
