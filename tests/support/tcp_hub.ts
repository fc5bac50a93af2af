import { frame } from "./frame.ts";

/** A hub of bare TCP: it lets in the one client that comes, and from then on does nothing unless it is told to. */
export class TcpHub implements Disposable {
  readonly port: number;
  /** Resolves when it has let the client in. */
  readonly letIn: Promise<void>;
  readonly #listener: Deno.TcpListener;
  #connection: Deno.TcpConn | undefined;

  constructor(loginAnswer: unknown) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.letIn = this.#letIn(loginAnswer);
  }

  /** Reads until this many bytes have come, or no more will; resolves to how many came. */
  async read(bytes: number): Promise<number> {
    const buffer = new Uint8Array(1024 * 1024);
    let read = 0;
    while (read < bytes) {
      const length = await this.#connection!.read(buffer);
      if (length === null) break;
      read += length;
    }
    return read;
  }

  /** Breaks the connection off. */
  hangUp(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.hangUp();
  }

  async #letIn(content: unknown): Promise<void> {
    const connection = this.#connection = await this.#listener.accept();
    const buffer = new Uint8Array(65536);
    const request = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
    const key = /sec-websocket-key: (\S+)/i.exec(request)![1]!;
    const digest = await crypto.subtle.digest("SHA-1", encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`));
    const accept = btoa(String.fromCharCode(...new Uint8Array(digest)));
    await connection.write(encode(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    ));
    await connection.read(buffer); // the login
    const answer = encode(frame({ from_client_id: "server", msg_type: "login_response", content }));
    await connection.write(new Uint8Array([0x81, 126, answer.length >> 8, answer.length & 0xff, ...answer]));
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}
