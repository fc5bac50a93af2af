/**
 * Messages between programs in different languages on different devices: a WebSocket hub, its clients, and a command
 * line. What Python, Java and Swift programs that use `pywayne.cross_comm` send and receive, this package does too.
 *
 * Run as a program (`deno run -A jsr:@x/crosscomm server`) it is the command line.
 *
 * @example A hub and a client
 * ```ts
 * import { CommMsgType, crossCommService } from "@x/crosscomm";
 *
 * const folder = await Deno.makeTempDir();
 * await using hub = crossCommService({
 *   role: "server",
 *   ip: "127.0.0.1",
 *   port: 0,
 *   clientsFile: `${folder}/clients.yaml`,
 * });
 * await hub.startServer();
 *
 * await using client = crossCommService({ role: "client", ip: "127.0.0.1", port: hub.addr.port });
 * await client.login();
 * await client.sendMessage({ temperature: 21.5 }, CommMsgType.DICT);
 * ```
 *
 * @module
 */
import { CrossCommClient, type CrossCommClientOptions, CrossCommError } from "./client.ts";
import { CrossCommServer, type CrossCommServerOptions } from "./server.ts";

export * from "./client.ts";
export * from "./server.ts";

/** A hub, as `new CrossCommServer(options)`. */
export function crossCommService(options: CrossCommServerOptions & { role: "server" }): CrossCommServer;
/** A client, as `new CrossCommClient(options)`. */
export function crossCommService(options: CrossCommClientOptions & { role: "client" }): CrossCommClient;
/**
 * Makes a hub or a client, as Python's `CrossCommService(role=…)` does.
 *
 * @throws {CrossCommError} `INVALID_ARGUMENT` where an option makes no sense.
 */
export function crossCommService(
  options: CrossCommServerOptions & { role: "server" } | CrossCommClientOptions & { role: "client" },
): CrossCommServer | CrossCommClient {
  const { role } = options;
  if (options.role === "server") return new CrossCommServer(options);
  if (options.role === "client") return new CrossCommClient(options);
  const why = `role must be "server" or "client", not ${JSON.stringify(role)}`;
  throw new CrossCommError("INVALID_ARGUMENT", why);
}

if (import.meta.main) {
  const { main } = await import("./cli.ts");
  await main(Deno.args);
}
