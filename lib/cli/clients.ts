import { dim, green } from "@std/fmt/colors";
import { type ClientInfo, type CrossCommClient, CrossCommError } from "../../client.ts";
import { column } from "./column.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./flags.ts";
import { clientFlags, logIn, makeClient, tellStatus } from "./hub_client.ts";
import { logToStandardError } from "./logging.ts";
import { dateAndTime, type Output, printable } from "./output.ts";

export const clients: Command = {
  usage: "",
  flags: [
    { name: "all", help: "list those that are offline as well" },
    { name: "watch", help: "go on with who comes and who goes, until Ctrl-C" },
    ...clientFlags,
  ],
  examples: ["clients", "clients --all --json", "clients --watch"],
  async run(settings, output, interrupted) {
    const isWatching = settings.on("watch");
    if (isWatching && settings.on("all")) throw new UsageError("--watch tells who is online: leave out --all");
    await using _logging = await logToStandardError("warning");
    await using client = makeClient(settings, { reconnect: isWatching, watchPresence: isWatching });
    await logIn(client, settings, interrupted);
    if (isWatching && client.protocol === 1) {
      const why = "this hub speaks version 1 and does not tell who comes and goes: leave out --watch";
      throw new CrossCommError("NOT_SUPPORTED", why);
    }
    if (isWatching) return await watch(client, output, interrupted);
    const list = await client.listClients({ onlyShowOnline: !settings.on("all") });
    const others = list.clients.filter(({ clientId }) => clientId !== client.clientId);
    const ids = column(others.map(({ clientId }) => clientId));
    for (const [row, info] of others.entries()) {
      output.print(formatClient(ids[row]!, info), {
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

async function watch(client: CrossCommClient, output: Output, interrupted: AbortSignal): Promise<void> {
  const changes = client.presence();
  interrupted.addEventListener("abort", () => void changes.return!());
  if (interrupted.aborted) return;
  tellStatus(client, (line, event) => output.json ? output.print(line, event) : output.note(line));
  if (!output.json) output.note("Watching who comes and goes. Ctrl-C ends it.");
  for await (const { clientId, status } of changes) {
    output.print(`${markOf(status)}  ${printable(clientId)}`, { client_id: clientId, status });
  }
  if (!interrupted.aborted) await client.finished;
}

function formatClient(id: string, { status, lastHeartbeat }: ClientInfo): string {
  return `${id}  ${markOf(status)}  ${dim(`last heard of ${dateAndTime(lastHeartbeat)}`)}`;
}

function markOf(status: ClientInfo["status"]): string {
  return status === "online" ? green("online ") : dim("offline");
}
