import type { Entry, Ledger } from "./ledger.ts";
import { WeakLine } from "./weak_line.ts";

/** A client that is run in a process of its own, again and again, over a line that is weak. */
export class Peer {
  readonly id: string;
  readonly line: WeakLine;
  readonly #ledger: Ledger;
  readonly #others: readonly string[];
  #process: Deno.ChildProcess | undefined;
  #reading: Promise<void> = Promise.resolve();
  #done = Promise.withResolvers<void>();
  /** How often its process has been started. */
  lives = 0;

  constructor(id: string, hubPort: number, others: readonly string[], ledger: Ledger) {
    this.id = id;
    this.line = new WeakLine(hubPort);
    this.#others = others;
    this.#ledger = ledger;
  }

  /** The run of its process that goes on now. */
  get life(): string {
    return `${this.id} ${this.#process?.pid}`;
  }

  start(seed: number): void {
    this.lives++;
    this.#done = Promise.withResolvers<void>();
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--allow-net=127.0.0.1", "--allow-env", "--allow-read", "--allow-sys"],
        ...[new URL("peer.ts", import.meta.url).href, this.id, String(this.line.port), String(seed), ...this.#others],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#reading = this.#read(this.#process.stdout, this.life);
  }

  /** Ends its process with no chance to say anything; resolves when all that it wrote down is in the ledger. */
  async kill(): Promise<void> {
    this.#process!.kill("SIGKILL");
    await this.#reading;
    await this.#process!.status;
    await this.#process!.stdin.close().catch(() => {});
  }

  /** Has it send nothing more; resolves when it knows what became of all that it sent. */
  async finish(): Promise<void> {
    await this.#process!.stdin.close();
    await this.#done.promise;
  }

  async stop(): Promise<void> {
    await this.kill();
    this.line.stop();
  }

  async #read(stdout: ReadableStream<Uint8Array<ArrayBuffer>>, life: string): Promise<void> {
    let rest = "";
    for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(life, JSON.parse(line));
    }
  }

  #take(life: string, entry: Entry): void {
    if (entry.what === "done") this.#done.resolve();
    this.#ledger.take(this.id, life, entry);
  }
}
