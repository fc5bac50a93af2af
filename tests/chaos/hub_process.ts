/** The hub in a process of its own, always on the same port and with the same folder. */
export class HubProcess {
  readonly port: number;
  readonly #folder: string;
  #process: Deno.ChildProcess | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = listener.addr.port;
  }

  /** Starts it; resolves when it listens. */
  async start(): Promise<void> {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--allow-net", "--allow-env", "--allow-read", "--allow-write", "--allow-sys"],
        ...[new URL("../../mod.ts", import.meta.url).href, "server", "--json", "--no-store"],
        ...["--ip", "127.0.0.1", "--port", String(this.port), "--clients-file", `${this.#folder}/clients.yaml`],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = this.#process.stdout.getReader();
    const { done } = await reader.read(); // it says so when it listens
    if (done) throw new Error("the hub does not start");
    reader.releaseLock();
  }

  /** Ends it: at once with SIGKILL, or well with SIGTERM. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#process!.kill(signal);
    await this.#process!.stdout.cancel();
    await this.#process!.status;
  }
}
