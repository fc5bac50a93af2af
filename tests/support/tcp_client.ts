/** A WebSocket client of bare TCP: it reads nothing but the answer to its handshake, and answers nothing. */
export class TcpClient implements Disposable {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number): Promise<TcpClient> {
    return new TcpClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Becomes a WebSocket, with these headers besides. Resolves to the answer, of which it reads the beginning. */
  async handshake(...headers: string[]): Promise<string> {
    const lines = headers.map((header) => `${header}\r\n`).join("");
    await this.write(
      `GET / HTTP/1.1\r\nHost: hub\r\n${lines}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    return await this.read();
  }

  /** Sends these bytes. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let written = 0; written < bytes.length;) written += await this.#connection.write(bytes.subarray(written));
  }

  /** Sends a text frame of less than 64 KiB. */
  async sendText(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    const mask = [0, 0, 0, 0];
    await this.write(new Uint8Array([0x81, 0x80 | 126, bytes.length >> 8, bytes.length & 0xff, ...mask, ...bytes]));
  }

  /** What has come, or the empty string at the end. */
  async read(): Promise<string> {
    return new TextDecoder().decode(new Uint8Array(await this.readBytes()));
  }

  /** What has come, or nothing at the end. */
  async readBytes(): Promise<number[]> {
    const bytes = new Uint8Array(65536);
    const length = await this.#connection.read(bytes);
    return [...bytes.subarray(0, length ?? 0)];
  }

  /** All that comes until the other end has closed. */
  async readToEnd(): Promise<number[]> {
    const all: number[] = [];
    for (let bytes = await this.readBytes(); bytes.length > 0; bytes = await this.readBytes()) all.push(...bytes);
    return all;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
