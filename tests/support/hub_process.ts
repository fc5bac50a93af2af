import type { CrossCommServerOptions } from "../../server.ts";
import { Command } from "./command.ts";

/** What a hub's process costs. Memory is in bytes, `memory` that of what is alive. */
export interface HubCost {
  memory: number;
  rss: number;
  /** The lines that it has logged. */
  lines: number;
}

/** A hub with a store in a process of its own. Disposing of it kills it. */
export class HubProcess implements AsyncDisposable {
  readonly port: number;
  readonly #command: Command;

  private constructor(port: number, command: Command) {
    this.port = port;
    this.#command = command;
  }

  /** @param openFiles How many files it may have open, connections included. */
  static async start(options: CrossCommServerOptions = {}, openFiles?: number): Promise<HubProcess> {
    const args = ["run", "--quiet", "-A", "--v8-flags=--expose-gc", `${import.meta.dirname}/hub_main.ts`];
    const line = [Deno.execPath(), ...args, JSON.stringify(options)];
    if (openFiles !== undefined) line.unshift("sh", "-c", `ulimit -n ${openFiles} && exec "$0" "$@"`);
    const [program, ...rest] = line;
    const command = new Command(program!, rest, { timeoutMs: 3_600_000 });
    return new HubProcess(Number(await command.line()), command);
  }

  /** What it costs now. */
  async cost(): Promise<HubCost> {
    this.#command.interrupt("SIGUSR2");
    return JSON.parse(await this.#command.line());
  }

  /** Ends it as its owner would, and returns what it wrote on standard error. */
  async stop(): Promise<string> {
    this.#command.interrupt("SIGTERM");
    const { code, stderr } = await this.#command.end();
    if (code !== 0) throw new Error(`the hub ended with ${code}: ${stderr}`);
    return stderr;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#command[Symbol.asyncDispose]();
  }
}
