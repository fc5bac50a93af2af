type Direction = "up" | "down";

/** Passes TCP connections on to a port of this machine, and does harm when it is told to. */
export class FaultyProxy {
  readonly port: number;
  /** How many connections it has broken or refused. */
  harm = 0;
  /** Answers the next so many connections itself, with this. */
  answers: string[] = [];
  /** When set, how many bytes at a time go down. */
  trickle: number | undefined;
  readonly #target: number;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #jobs = new Set<Promise<void>>();
  readonly #cuts: Record<Direction, number[]> = { up: [], down: [] };
  readonly #passed: Record<Direction, number> = { up: 0, down: 0 };
  /** Which byte is to change. */
  #flip: { direction: Direction; at: number } | undefined;
  /** In which direction nothing more passes, after so many bytes, on how many connections. */
  #stall: { direction: Direction; at: number; connections: number } | undefined;
  #stallEnd = Promise.withResolvers<void>();
  readonly #accepting: Promise<void>;

  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** Breaks a connection each time so many bytes more have passed in that direction. */
  cut(direction: Direction, ...afterBytes: number[]): void {
    let at = this.#passed[direction];
    this.#cuts[direction] = afterBytes.map((bytes) => at += bytes);
  }

  /** Changes the byte that passes after so many more in that direction. */
  flip(direction: Direction, afterBytes: number): void {
    this.#flip = { direction, at: this.#passed[direction] + afterBytes };
  }

  /**
   * Lets nothing more pass in that direction after so many bytes more, on so many connections, though they stay, until
   * `goOn`.
   */
  stall(direction: Direction, afterBytes: number, connections = Infinity): void {
    this.#stall = { direction, at: this.#passed[direction] + afterBytes, connections };
  }

  goOn(): void {
    this.#stall = undefined;
    this.#stallEnd.resolve();
    this.#stallEnd = Promise.withResolvers();
  }

  /** Breaks all connections; later ones are not touched. */
  cutAll(): void {
    for (const conn of this.#open) close(conn);
  }

  async stop(): Promise<void> {
    this.#listener.close();
    this.cutAll();
    this.goOn();
    await this.#accepting;
    await Promise.all(this.#jobs);
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      const job = this.#serve(conn).catch(() => {}).finally(() => this.#jobs.delete(job));
      this.#jobs.add(job);
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    const answer = this.answers.shift();
    if (answer !== undefined) {
      this.harm++;
      await client.read(new Uint8Array(65536));
      await client.write(new TextEncoder().encode(answer));
      this.#open.delete(client);
      close(client);
      return;
    }
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    this.#open.add(server);
    const end = () => {
      for (const conn of [client, server]) {
        this.#open.delete(conn);
        close(conn);
      }
    };
    await Promise.all([this.#pass(client, server, "up", end), this.#pass(server, client, "down", end)]);
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, direction: Direction, end: () => void): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      while (true) {
        const room = direction === "down" && this.trickle !== undefined ? this.trickle : buffer.length;
        const count = await from.read(buffer.subarray(0, room));
        if (count === null) break;
        this.#change(buffer.subarray(0, count), direction);
        this.#passed[direction] += count;
        const stall = this.#stall;
        if (stall?.direction === direction && this.#passed[direction] >= stall.at && stall.connections-- > 0) {
          this.harm++;
          await this.#stallEnd.promise;
        }
        const cuts = this.#cuts[direction];
        if (cuts.length > 0 && this.#passed[direction] >= cuts[0]!) {
          cuts.shift();
          this.harm++;
          break;
        }
        for (let written = 0; written < count;) written += await to.write(buffer.subarray(written, count));
      }
    } catch {
      // One end is gone: so is the other.
    }
    end();
  }

  #change(bytes: Uint8Array, direction: Direction): void {
    if (this.#flip?.direction !== direction) return;
    const at = this.#flip.at - this.#passed[direction];
    if (at >= bytes.length) return;
    this.harm++;
    bytes[at]! ^= 0xff;
    this.#flip = undefined;
  }
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}

export const BUSY = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
