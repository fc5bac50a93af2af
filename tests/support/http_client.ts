import { inTime } from "./inbox.ts";
import { TcpClient } from "./tcp_client.ts";

/** An answer as it came, to the letter. */
export interface HttpAnswer {
  status: number;
  /** Names in lower case, with all values. */
  headers: Record<string, string[]>;
  body: string;
}

/** HTTP by hand, over a connection that is kept: what is sent is sent as it stands. */
export class HttpClient implements Disposable {
  readonly #tcp: TcpClient;
  #text = "";

  private constructor(tcp: TcpClient) {
    this.#tcp = tcp;
  }

  static async connect(port: number): Promise<HttpClient> {
    return new HttpClient(await TcpClient.connect(port));
  }

  /** Sends exactly this. */
  write(text: string | Uint8Array): Promise<void> {
    return this.#tcp.write(text);
  }

  /** Sends the head of a request, and a body. */
  async send(head: string, headers: string[] = [], body = ""): Promise<void> {
    await this.write(`${[`${head} HTTP/1.1`, "Host: hub", ...headers].join("\r\n")}\r\n\r\n${body}`);
  }

  /** Sends a request, and reads the answer to it. */
  async request(head: string, headers: string[] = [], body = ""): Promise<HttpAnswer> {
    await this.send(head, headers, body);
    return await this.answer(head.startsWith("HEAD "));
  }

  /** Reads the next answer. One to `HEAD` has no body, whatever its headers say. */
  async answer(toHead = false): Promise<HttpAnswer> {
    while (!this.#text.includes("\r\n\r\n")) await this.more();
    const [status, ...lines] = this.#take(this.#text.indexOf("\r\n\r\n") + 4).trimEnd().split("\r\n");
    const headers: Record<string, string[]> = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      (headers[line.slice(0, colon).toLowerCase()] ??= []).push(line.slice(colon + 1).trim());
    }
    const answer = { status: Number(status!.split(" ")[1]), headers, body: "" };
    if (toHead || answer.status < 200 || answer.status === 204 || answer.status === 304) return answer;
    if (headers["transfer-encoding"] === undefined) {
      answer.body = await this.#read(Number(headers["content-length"]));
      return answer;
    }
    for (;;) {
      while (!this.#text.includes("\r\n")) await this.more();
      const length = parseInt(this.#take(this.#text.indexOf("\r\n") + 2), 16);
      answer.body += (await this.#read(length + 2)).slice(0, -2);
      if (length === 0) return answer;
    }
  }

  /** Reads what comes next; throws where nothing will. */
  async more(): Promise<void> {
    const text = await inTime(this.#tcp.read(), "the hub answers");
    if (text === "") throw new Error(`the connection has ended after ${JSON.stringify(this.#text.slice(-200))}`);
    this.#text += text;
  }

  [Symbol.dispose](): void {
    this.#tcp[Symbol.dispose]();
  }

  async #read(length: number): Promise<string> {
    while (this.#text.length < length) await this.more();
    return this.#take(length);
  }

  #take(length: number): string {
    const text = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return text;
  }
}
