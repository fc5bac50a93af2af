/** What a command has printed, and how it ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string | URL;
  /** Environment variables besides our own, or with `clearEnv` instead of them. */
  env?: Record<string, string>;
  clearEnv?: boolean;
  /** What it reads on standard input; nothing by default. */
  stdin?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
  /** After how long it is ended. */
  timeoutMs?: number;
}

/** A program that runs; disposing of it ends it. */
export class Command implements AsyncDisposable {
  /** What it prints on standard output, line by line. */
  readonly lines: AsyncIterator<string>;
  readonly #name: string;
  readonly #process: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(program: string, args: string[], { timeoutMs = 60_000, stdin, ...options }: CommandOptions = {}) {
    this.#name = [program, ...args].join(" ");
    this.#process = new Deno.Command(program, {
      ...options,
      args,
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#timer = setTimeout(() => this.#kill("SIGKILL"), timeoutMs);
    if (stdin !== undefined) feed(this.#process.stdin, stdin);
    this.#stderr = new Response(this.#process.stderr).text();
    this.lines = linesOf(this.#process.stdout);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const { done, value } = await this.lines.next();
    if (done) throw new Error(`${this.#name} has ended:\n${await this.#stderr}`);
    return value;
  }

  /** Sends it a signal: Ctrl-C, if no other. */
  interrupt(signal: Deno.Signal = "SIGINT"): void {
    this.#kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<Ended> {
    const lines: string[] = [];
    for (let next = await this.lines.next(); !next.done; next = await this.lines.next()) lines.push(next.value);
    const { code } = await this.#process.status;
    clearTimeout(this.#timer);
    return { code, stdout: lines.join("\n"), stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill("SIGKILL");
    await this.end();
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch {
      // it has ended
    }
  }
}

/** Runs a program to its end; throws where it fails. Returns what it printed on standard output. */
export async function run(program: string, args: string[], options?: CommandOptions): Promise<string> {
  await using command = new Command(program, args, options);
  const { code, stdout, stderr } = await command.end();
  if (code !== 0) throw new Error(`${[program, ...args].join(" ")} failed with code ${code}:\n${stderr}${stdout}`);
  return stdout;
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** Writes all of it. A program that ends without reading it is no fault of ours. */
async function feed(stdin: WritableStream<Uint8Array<ArrayBuffer>>, content: NonNullable<CommandOptions["stdin"]>) {
  const stream = content instanceof ReadableStream ? content : new Blob([content]).stream();
  await stream.pipeTo(stdin).catch(() => {});
}
