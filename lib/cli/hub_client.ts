import { CrossCommClient, CrossCommError } from "../../client.ts";
import type { Flag, Settings } from "./flags.ts";
import { type Output, printable } from "./output.ts";

/** The flags of every command that is a client. */
export const clientFlags: readonly Flag[] = [
  { name: "ip", value: "ADDRESS", env: "CROSSCOMM_IP", help: "the hub's address (127.0.0.1)" },
  { name: "port", value: "PORT", number: true, env: "CROSSCOMM_PORT", help: "the hub's port (9898)" },
  { name: "url", value: "URL", env: "CROSSCOMM_URL", help: "the hub's whole address, instead: wss://hub.example" },
  { name: "client-id", value: "ID", env: "CROSSCOMM_CLIENT_ID", help: "the id to log in under (one is made up)" },
  { name: "token", value: "TOKEN", env: "CROSSCOMM_TOKEN", help: "what proves to the hub who this client is (none)" },
  {
    name: "heartbeat-interval",
    value: "SECONDS",
    number: true,
    env: "CROSSCOMM_HEARTBEAT_INTERVAL",
    help: "how often to let the hub hear of this client (30)",
  },
  {
    name: "timeout",
    value: "SECONDS",
    number: true,
    env: "CROSSCOMM_TIMEOUT",
    help: "how long to wait for the hub (10)",
  },
];

/** A client as the flags describe it. One that stays is to come back when the connection is lost. */
export function makeClient(
  settings: Settings,
  { reconnect, watchPresence }: { reconnect: boolean; watchPresence?: boolean },
): CrossCommClient {
  // An address on the command line counts for more than a URL from the environment.
  const byUrl = settings.given("url") || !settings.given("ip") && !settings.given("port");
  return new CrossCommClient({
    ip: settings.text("ip"),
    port: settings.number("port"),
    url: byUrl ? settings.text("url") : undefined,
    clientId: settings.text("client-id"),
    token: settings.text("token"),
    reconnect,
    watchPresence,
    heartbeatInterval: settings.number("heartbeat-interval"),
  });
}

/** Logs a client in. */
export async function logIn(client: CrossCommClient, settings: Settings, signal: AbortSignal): Promise<void> {
  await client.login({ timeout: settings.number("timeout"), signal });
}

/** Throws where a hub of version 1 would drop a message to `toClientId` without telling us. */
export async function checkOnline(client: CrossCommClient, toClientId: string): Promise<void> {
  if (client.protocol !== 1 || toClientId === "all" || toClientId === "server") return;
  const { clients, totalCount } = await client.listClients();
  const complete = clients.length === totalCount;
  if (!complete || clients.some(({ clientId }) => clientId === toClientId)) return;
  throw new CrossCommError("CLIENT_OFFLINE", `${toClientId} is not online: see who is with crosscomm clients`);
}

/** Says when the connection is lost, and when it is back, until the client has ended. */
export async function tellStatus(client: CrossCommClient, tell: Output["print"]): Promise<void> {
  let isLost = false;
  for await (const status of client.status()) {
    if (status.state === "lost" && !isLost) {
      tell(`${printable(status.reason.message)}. Trying to come back.`, {
        status: "lost",
        reason: status.reason.message,
      });
      isLost = true;
    } else if (status.state === "online" && isLost) {
      tell("Connected again.", { status: "online" });
      isLost = false;
    }
  }
}

/** Says which messages of the client were stored and are lost after all, until it has ended. */
export async function tellLost(client: CrossCommClient, tell: Output["print"]): Promise<void> {
  for await (const { msgId, toClientId, error } of client.undelivered()) {
    const event = { status: "undelivered", msg_id: msgId, to_client_id: toClientId, code: error.code };
    tell(printable(error.message), { ...event, reason: error.message });
  }
}
