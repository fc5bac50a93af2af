import { dim, green } from "@std/fmt/colors";
import type { ClientInfo } from "../../client.ts";
import type { Command } from "./command.ts";
import { clientFlags, logIn, makeClient } from "./hub_client.ts";
import { logToStandardError } from "./logging.ts";
import { dateAndTime, printable } from "./output.ts";

export const clients: Command = {
  name: "clients",
  summary: "List who is online",
  usage: "",
  flags: [
    { name: "all", help: "list those that are offline as well" },
    ...clientFlags,
  ],
  examples: ["clients", "clients --all --json"],
  async run(settings, output, interrupted) {
    await using _logging = await logToStandardError("warning");
    await using client = makeClient(settings);
    await logIn(client, settings, interrupted);
    const list = await client.listClients({ onlyShowOnline: !settings.on("all") });
    const others = list.clients.filter(({ clientId }) => clientId !== client.clientId);
    const width = Math.max(...others.map(({ clientId }) => clientId.length), 0);
    for (const info of others) {
      output.print(formatClient(info, width), {
        client_id: info.clientId,
        status: info.status,
        last_heartbeat: info.lastHeartbeat,
        login_time: info.loginTime,
      });
    }
    if (others.length === 0) output.print("Nobody else is there.");
    if (list.clients.length < list.totalCount) {
      output.warn(`the hub knows ${list.totalCount} clients, but its answer had room for ${list.clients.length}`);
    }
  },
};

function formatClient({ clientId, status, lastHeartbeat }: ClientInfo, width: number): string {
  const mark = status === "online" ? green("online ") : dim("offline");
  return `${printable(clientId).padEnd(width)}  ${mark}  ${dim(`last heard of ${dateAndTime(lastHeartbeat)}`)}`;
}
