import { dirname, join } from "node:path";
import { type AnyMessage, CrossCommClient, type CrossCommClientOptions } from "../../client.ts";
import type { CrossCommServerOptions } from "../../server.ts";
import { Inbox } from "./inbox.ts";
import { startHub, type TestHub } from "./start_hub.ts";

/** A hub with a store, a folder with things to send, and clients that stop with it. */
export interface FileHub extends TestHub {
  storeFolder: string;
  /** A path in the test's own folder. */
  path(name: string): string;
  /** A file in that folder. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  /** A client that is logged in. */
  login(clientId: string, options?: CrossCommClientOptions): Promise<CrossCommClient>;
}

export async function fileHub(options: CrossCommServerOptions = {}): Promise<FileHub> {
  // The temporary folder may be on a small disk.
  const hub = await startHub({ minFreeBytes: 0, ...options });
  const folder = dirname(hub.clientsFile);
  const clients: CrossCommClient[] = [];
  const path = (name: string) => join(folder, name);
  return {
    ...hub,
    storeFolder: path("cross_comm_store"),
    path,
    async file(name, content) {
      await Deno.mkdir(dirname(path(name)), { recursive: true });
      await Deno.writeFile(path(name), typeof content === "string" ? new TextEncoder().encode(content) : content);
      return path(name);
    },
    async login(clientId, options) {
      const client = new CrossCommClient({ port: hub.port, clientId, ...options });
      clients.push(client);
      await client.login();
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.stop();
      await hub[Symbol.asyncDispose]();
    },
  };
}

/** What a client or hub hears with these options. */
export function heardBy(
  listener: Pick<CrossCommClient, "messageListener">,
  options: Parameters<CrossCommClient["messageListener"]>[0] = {},
): Inbox<AnyMessage> {
  const inbox = new Inbox<AnyMessage>();
  listener.messageListener(options)((message: AnyMessage) => inbox.push(message));
  return inbox;
}

/** All paths below a folder, in order; none where it is not there. */
export async function pathsIn(folder: string, prefix = ""): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      paths.push(prefix + name);
      if (isDirectory) paths.push(...await pathsIn(join(folder, name), `${prefix}${name}/`));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths.sort();
}
