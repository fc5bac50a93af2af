import { CrossCommServer, type CrossCommServerOptions } from "../../server.ts";

/** A hub on a free port of this machine, with a folder of its own. Disposing of it stops it and removes the folder. */
export interface TestHub extends AsyncDisposable {
  server: CrossCommServer;
  port: number;
  clientsFile: string;
}

/** Starts a hub. */
export async function startHub(options: CrossCommServerOptions = {}): Promise<TestHub> {
  const folder = await tempFolder();
  const clientsFile = `${folder.path}/clients.yaml`;
  const server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile, ...options });
  await server.startServer();
  return {
    server,
    port: server.addr.port,
    clientsFile: options.clientsFile ?? clientsFile,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A folder that is removed in the end. */
export async function tempFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "crosscomm_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
