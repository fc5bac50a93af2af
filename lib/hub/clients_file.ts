import { getLogger } from "@logtape/logtape";
import type { Roster } from "./roster.ts";
import type { KnownClient } from "./session.ts";

const log = getLogger(["crosscomm", "hub"]);
const encoder = new TextEncoder();

/** How long changes gather before they are written, in milliseconds: at least, and for each client in the file. */
const GATHER_MS = 200;
const GATHER_MS_PER_CLIENT = 0.1;
/** How many clients are put into YAML at a time: in between, others get their turn. */
const AT_ONCE = 1_000;

/** It is loaded when there is something to read or to write: a hub starts earlier without. */
type Yaml = typeof import("@std/yaml");

/**
 * The hub's memory of its clients, as Python's hub keeps it: `id: {status, last_seen}` in YAML.
 * Changes are gathered, and the file is replaced whole, so that a reader never finds half of one.
 */
export class ClientsFile {
  readonly #path: string;
  readonly #roster: Pick<Roster, "known" | "isOnline">;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failed = false;
  #gatherMs = GATHER_MS;

  /** `roster` is what the file holds each time that it is written. */
  constructor(path: string, roster: Pick<Roster, "known" | "isOnline">) {
    this.#path = path;
    this.#roster = roster;
  }

  /** The clients that the file holds, from now on offline. A file that cannot be read is set aside, never deleted. */
  async load(): Promise<KnownClient[]> {
    try {
      return await parseEntries(await Deno.readTextFile(this.#path));
    } catch (damage) {
      if (!(damage instanceof Deno.errors.NotFound)) await this.#setAside(String(damage));
      return [];
    }
  }

  /** Writes soon, together with what changes until then. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.flush(), this.#gatherMs);
  }

  /** Writes now what has changed, and resolves when it is on disk. Failures in a row are logged once. */
  flush(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#writing = this.#writing.then(() => {
        this.#timer = undefined; // what changes from here on is not in this write
        return this.#write();
      });
    }
    return this.#writing;
  }

  async #write(): Promise<void> {
    const draft = `${this.#path}.tmp`;
    try {
      {
        using file = await Deno.open(draft, { write: true, create: true, truncate: true, mode: 0o600 });
        for (const bytes of this.#pieces(await import("@std/yaml"))) {
          for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
        }
        await file.sync();
      }
      await Deno.rename(draft, this.#path);
      this.#failed = false;
    } catch (cause) {
      if (!this.#failed) {
        log.error("What is known of clients is not being saved: {path} cannot be written ({cause})", {
          path: this.#path,
          cause: String(cause),
        });
      }
      this.#failed = true;
    }
  }

  /** The bytes of the file. Mappings of YAML's block style that follow on each other are one mapping. */
  *#pieces(yaml: Yaml): Generator<Uint8Array, void> {
    const clients = [...this.#roster.known()]; // for who logs in meanwhile changes places, and must not be in it twice
    this.#gatherMs = Math.max(GATHER_MS, GATHER_MS_PER_CLIENT * clients.length);
    for (let start = 0; start < clients.length; start += AT_ONCE) {
      const entries = clients.slice(start, start + AT_ONCE).map((client) => this.#entry(client, yaml));
      yield encoder.encode(entries.join(""));
    }
  }

  /** A client as Python's hub writes it. Its id has to be put into YAML once: that takes ten times as long as the rest. */
  #entry(client: KnownClient, { stringify }: Yaml): string {
    client.yamlKey ??= stringify({ [client.id]: 0 }, { lineWidth: -1 }).slice(0, -" 0\n".length);
    const status = this.#roster.isOnline(client.id) ? "online" : "offline";
    return `${client.yamlKey}\n  status: ${status}\n  last_seen: ${client.lastSeen}\n`;
  }

  async #setAside(damage: string): Promise<void> {
    let whereabouts = "it is left as it is"; // a folder, say, is no clients file that was damaged
    try {
      if ((await Deno.stat(this.#path)).isFile) {
        const aside = `${this.#path}.damaged-${Date.now()}`;
        await Deno.rename(this.#path, aside);
        whereabouts = `it is now ${aside}`;
      }
    } catch (cause) {
      whereabouts = String(cause);
    }
    log.warn("Starting without what is known of clients: {path} cannot be read ({damage}); {whereabouts}", {
      path: this.#path,
      damage,
      whereabouts,
    });
  }
}

async function parseEntries(text: string): Promise<KnownClient[]> {
  const { parse } = await import("@std/yaml");
  // Strings alone: what is a number to YAML 1.2 need not be one to Python, which writes the id 1e3 without quotes.
  const entries = parse(text, { schema: "failsafe" }) ?? {};
  if (typeof entries !== "object" || Array.isArray(entries)) throw new TypeError("it holds no clients");
  return Object.entries(entries).map(([id, entry]) => {
    const lastSeen = Number((entry as { last_seen?: string } | null)?.last_seen ?? NaN);
    if (!Number.isFinite(lastSeen)) throw new TypeError(`the last_seen of ${id} is not a number`);
    return { id, lastSeen, loginTime: null };
  });
}
