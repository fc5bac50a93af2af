/** A client in a process of its own that does what it is told, one thing at a time: an order and its answer a line. */

import { cleanEnvironment } from "../tests/interop/python_env.ts";
import { isEnding, keep } from "./leftovers.ts";

export class WorkerProcess implements AsyncDisposable {
  readonly pid: number;
  #child: Deno.ChildProcess;
  #orders: WritableStreamDefaultWriter<string>;
  #answers: ReadableStreamDefaultReader<string>;
  #unread = "";
  #forget: () => void;
  #ended = false;

  private constructor(child: Deno.ChildProcess) {
    this.pid = child.pid;
    this.#child = child;
    child.status.then(() => this.#ended = true);
    const encoder = new TextEncoderStream();
    encoder.readable.pipeTo(child.stdin).catch(() => {}); // its end shows in the answers
    this.#orders = encoder.writable.getWriter();
    this.#answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#forget = keep("process", () => this.stop());
  }

  /** Runs a script of this folder. */
  static async start(script: string, ...args: string[]): Promise<WorkerProcess> {
    if (isEnding()) return await new Promise(() => {});
    const permissions = ["net=127.0.0.1", "read", "write", "env", "sys=networkInterfaces,osRelease,statfs"];
    const { clearEnv, env } = cleanEnvironment();
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", ...permissions.map((name) => `--allow-${name}`)],
        ...[`${import.meta.dirname}/${script}`, ...args],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      clearEnv,
      // Files are to go through the hub's store, and no other.
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("OSS_"))),
    }).spawn();
    return new WorkerProcess(child);
  }

  /** Rejects with what the worker says has failed. */
  async ask<Answer>(order: string, ...args: unknown[]): Promise<Answer> {
    await this.#orders.write(`${JSON.stringify({ order, args })}\n`);
    const { answer, error } = JSON.parse(await this.#line());
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#orders.close().catch(() => {});
      const kill = setTimeout(() => this.#child.kill("SIGKILL"), 3_000);
      await this.#child.status;
      clearTimeout(kill);
    }
    this.#forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #line(): Promise<string> {
    while (true) {
      const end = this.#unread.indexOf("\n");
      if (end >= 0) {
        const line = this.#unread.slice(0, end);
        this.#unread = this.#unread.slice(end + 1);
        return line;
      }
      const { done, value } = await this.#answers.read();
      if (done) throw new Error("the client's process is gone");
      this.#unread += value;
    }
  }
}
