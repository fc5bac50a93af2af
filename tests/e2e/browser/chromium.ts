const { os } = Deno.build;

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const elsewhere = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** A Chromium or Chrome on this machine: what the environment variable CHROMIUM names, or one in a usual place. */
export async function findChromium(): Promise<string | undefined> {
  const named = Deno.env.get("CHROMIUM");
  if (named) return named;
  const folders = (Deno.env.get("PATH") ?? "").split(os === "windows" ? ";" : ":");
  for (const path of [...names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)), ...elsewhere]) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
}

/** How long it may take to end when it is asked to. */
const END_TIMEOUT_MS = 10_000;

/** A headless Chromium with a new profile, showing one page. */
export class Chromium implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  /** All that it has said; complete when it and each of its helpers have ended. */
  readonly #said: Promise<string>;

  private constructor(process: Deno.ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    this.#said = new Response(process.stderr).text();
  }

  static async open(program: string, url: string): Promise<Chromium> {
    const folder = await Deno.makeTempDir({ prefix: "crosscomm-chromium-" });
    try {
      const process = new Deno.Command(program, {
        args: [
          "--headless",
          "--no-sandbox", // it refuses to run as root otherwise, and shows no page but ours
          "--disable-gpu",
          "--disable-dev-shm-usage", // containers have little of it
          "--disable-quic",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--no-first-run",
          "--no-default-browser-check",
          "--enable-logging=stderr", // what the page prints to its console
          `--user-data-dir=${folder}/profile`,
          url,
        ],
        // What else it leaves behind is to go with the folder.
        env: os === "linux" ? { HOME: folder, TMPDIR: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder } : {},
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      return new Chromium(process, folder);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Rejects with what it said when it ends by itself. */
  async crashed(): Promise<never> {
    const { code } = await this.#process.status;
    throw new Error(`Chromium has ended with code ${code}:\n${await this.#said}`);
  }

  /** Ends it, waits for its helpers to end too, and removes its profile. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // it has ended
    }
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_TIMEOUT_MS);
    await this.#process.status;
    clearTimeout(timer);
    await this.#said;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
