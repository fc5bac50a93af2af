/** A hub in a process of its own: started on a free port, and stopped whatever happens. */

import { cleanEnvironment } from "../tests/interop/python_env.ts";
import { isEnding, keep, removeFolder } from "./leftovers.ts";

export interface Command {
  program: string;
  args: string[];
  env?: Record<string, string>;
}

/** What to run for a hub on `port` that may leave files in `folder`. */
export type Launch = (port: number, folder: string) => Command;

export class HubProcess implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  #forget: () => void;
  #child: Deno.ChildProcess;
  #complaint = "";
  #complaints: Promise<void>;
  #ended = false;

  private constructor(port: number, folder: string, child: Deno.ChildProcess) {
    this.port = port;
    this.pid = child.pid;
    this.folder = folder;
    this.#child = child;
    child.status.then(() => this.#ended = true);
    this.#complaints = this.#readErrors();
    this.#forget = keep("process", () => this.stop());
  }

  /** Resolves when the hub accepts connections. */
  static async start(launch: Launch): Promise<HubProcess> {
    // The process is about to exit. From here to the spawn nothing awaits, so that no hub slips through.
    if (isEnding()) return await new Promise(() => {});
    const folder = Deno.makeTempDirSync({ prefix: "crosscomm_bench_" });
    let hub: HubProcess;
    try {
      const port = freePort();
      const { program, args, env } = launch(port, folder);
      const child = new Deno.Command(program, {
        args,
        cwd: folder,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
        ...cleanEnvironment(env),
      }).spawn();
      hub = new HubProcess(port, folder, child);
    } catch (error) {
      Deno.removeSync(folder, { recursive: true });
      throw error;
    }
    try {
      await hub.#accepts();
      return hub;
    } catch (error) {
      await hub.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#signal("SIGTERM");
      const kill = setTimeout(() => this.#signal("SIGKILL"), 3_000);
      await this.#child.status;
      clearTimeout(kill);
    }
    await removeFolder(this.folder);
    this.#forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It ended by itself in the meantime.
    }
  }

  async #accepts(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      if (this.#ended) {
        await this.#complaints;
        throw new Error(`the hub ended before it listened: ${this.#complaint.trim()}`);
      }
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    throw new Error(`the hub did not listen within a minute: ${this.#complaint.trim()}`);
  }

  /** Reads on, so that the hub never waits for us, and keeps the end, which says why it failed. */
  async #readErrors(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#complaint = (this.#complaint + text).slice(-2_000);
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
