/**
 * Lets the event loop ask the system what has arrived. While there is always something to do, Deno asks at every 61st
 * turn alone (`event_interval` of its tokio runtime), and what has come to a quiet socket waits. That a byte which one
 * sends to oneself has come is known only then, and with it all that came before.
 */
export class SocketPoll implements Disposable {
  readonly #near: Deno.TcpConn;
  readonly #far: Deno.TcpConn;
  readonly #byte = new Uint8Array(1);
  /** Longer than what comes: filled, it would let the runtime think that there is more, and not ask. */
  readonly #arrived = new Uint8Array(2);

  private constructor(near: Deno.TcpConn, far: Deno.TcpConn) {
    this.#near = near;
    this.#far = far;
  }

  /** @throws {Error} where the program may not connect to itself. */
  static async open(): Promise<SocketPoll> {
    const hostname = "127.0.0.1";
    // Asked first, or Deno would ask whoever sits at the terminal.
    if (Deno.permissions.querySync({ name: "net", host: hostname }).state !== "granted") {
      throw new Deno.errors.PermissionDenied(`no --allow-net for ${hostname}`);
    }
    using listener = Deno.listen({ hostname, port: 0 });
    const near = await Deno.connect({ hostname, port: listener.addr.port });
    try {
      near.setNoDelay();
      const far = await listener.accept();
      if (far.remoteAddr.port === near.localAddr.port) return new SocketPoll(near, far);
      far.close();
      throw new Error("somebody else was first");
    } catch (error) {
      near.close();
      throw error;
    }
  }

  /** Resolves when the event loop has asked. */
  async next(): Promise<void> {
    await this.#near.write(this.#byte);
    if (await this.#far.read(this.#arrived) === null) throw new Error("the connection ended");
  }

  [Symbol.dispose](): void {
    this.#near.close();
    this.#far.close();
  }
}
