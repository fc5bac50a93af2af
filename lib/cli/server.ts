import { bold } from "@std/fmt/colors";
import { CrossCommServer } from "../../server.ts";
import { accessFlags, accessOptions, exposureWarning } from "./access_flags.ts";
import type { Command } from "./command.ts";
import { fired } from "./interrupts.ts";
import { logToStandardError } from "./logging.ts";

export const server: Command = {
  usage: "",
  details: "The hub runs until Ctrl-C or SIGTERM. Who comes and goes, and what is wrong, is logged on standard error.",
  flags: [
    { name: "ip", value: "ADDRESS", env: "CROSSCOMM_IP", help: "address to listen on (0.0.0.0: all)" },
    {
      name: "port",
      value: "PORT",
      number: true,
      env: "CROSSCOMM_PORT",
      help: "port to listen on (9898); 0 takes a free one",
    },
    {
      name: "heartbeat-interval",
      value: "SECONDS",
      number: true,
      env: "CROSSCOMM_HEARTBEAT_INTERVAL",
      help: "how often clients are expected to be heard of (30)",
    },
    {
      name: "heartbeat-timeout",
      value: "SECONDS",
      number: true,
      env: "CROSSCOMM_HEARTBEAT_TIMEOUT",
      help: "silence after which a client counts as offline (60)",
    },
    {
      name: "clients-file",
      value: "FILE",
      env: "CROSSCOMM_CLIENTS_FILE",
      help: "where the hub remembers its clients (cross_comm_clients.yaml)",
    },
    {
      name: "max-buffered-bytes",
      value: "BYTES",
      number: true,
      env: "CROSSCOMM_MAX_BUFFERED_BYTES",
      help: "what may wait for a client that does not read (64 MiB)",
    },
    {
      name: "max-total-buffered-bytes",
      value: "BYTES",
      number: true,
      env: "CROSSCOMM_MAX_TOTAL_BUFFERED_BYTES",
      help: "what may wait for all clients together, and be unfinished of their messages (1 GiB)",
    },
    {
      name: "mailbox-file",
      value: "FILE",
      env: "CROSSCOMM_MAILBOX_FILE",
      help: "where messages wait for clients that are offline (cross_comm_mailbox.db)",
    },
    {
      name: "max-mailbox-messages",
      value: "COUNT",
      number: true,
      env: "CROSSCOMM_MAX_MAILBOX_MESSAGES",
      help: "how many messages may wait for one client, half from one sender (20000)",
    },
    {
      name: "max-mailbox-bytes",
      value: "BYTES",
      number: true,
      env: "CROSSCOMM_MAX_MAILBOX_BYTES",
      help: "how much may wait for one client, half from one sender (128 MiB)",
    },
    {
      name: "max-mailbox-total-bytes",
      value: "BYTES",
      number: true,
      env: "CROSSCOMM_MAX_MAILBOX_TOTAL_BYTES",
      help: "how much may wait for all clients together, a quarter from one, half from one address (1 GiB)",
    },
    {
      name: "mailbox-lifetime",
      value: "SECONDS",
      number: true,
      env: "CROSSCOMM_MAILBOX_LIFETIME",
      help: "how long a message waits (7 days)",
    },
    {
      name: "store-folder",
      value: "FOLDER",
      env: "CROSSCOMM_STORE_FOLDER",
      help: "where the hub keeps the files that are sent (cross_comm_store)",
    },
    { name: "no-store", help: "carry no store for files" },
    {
      name: "max-object-bytes",
      value: "BYTES",
      number: true,
      env: "CROSSCOMM_MAX_OBJECT_BYTES",
      help: "how large one file in the store may be (16 GiB)",
    },
    {
      name: "max-store-bytes",
      value: "BYTES",
      number: true,
      env: "CROSSCOMM_MAX_STORE_BYTES",
      help: "how much the store may hold (64 GiB)",
    },
    {
      name: "min-free-bytes",
      value: "BYTES",
      number: true,
      env: "CROSSCOMM_MIN_FREE_BYTES",
      help: "how much of the disk stays free (1 GiB)",
    },
    {
      name: "object-lifetime",
      value: "SECONDS",
      number: true,
      env: "CROSSCOMM_OBJECT_LIFETIME",
      help: "how long the store keeps a file (30 days)",
    },
    ...accessFlags,
  ],
  examples: ["server", "server --ip 127.0.0.1 --port 9000", "server --no-store"],
  async run(settings, output, interrupted) {
    await using logging = await logToStandardError("info");
    const access = accessOptions(settings);
    await using hub = new CrossCommServer({
      ...access,
      ip: settings.text("ip"),
      port: settings.number("port"),
      heartbeatInterval: settings.number("heartbeat-interval"),
      heartbeatTimeout: settings.number("heartbeat-timeout"),
      clientsFile: settings.text("clients-file"),
      maxBufferedBytes: settings.number("max-buffered-bytes"),
      maxTotalBufferedBytes: settings.number("max-total-buffered-bytes"),
      mailboxFile: settings.text("mailbox-file"),
      maxMailboxMessages: settings.number("max-mailbox-messages"),
      maxMailboxBytes: settings.number("max-mailbox-bytes"),
      maxMailboxTotalBytes: settings.number("max-mailbox-total-bytes"),
      mailboxLifetime: settings.number("mailbox-lifetime"),
      storeFolder: settings.on("no-store") ? false : settings.text("store-folder"),
      maxObjectBytes: settings.number("max-object-bytes"),
      maxStoreBytes: settings.number("max-store-bytes"),
      minFreeBytes: settings.number("min-free-bytes"),
      objectLifetime: settings.number("object-lifetime"),
    });
    await hub.startServer();
    const { hostname, port } = hub.addr;
    const isEncrypted = access.certFile !== undefined;
    const scheme = isEncrypted ? "wss" : "ws";
    const addresses = reachableAt(hostname).map((address) => `${scheme}://${address}:${port}`);
    const warning = exposureWarning(hostname, hub.asksForTokens, isEncrypted);
    if (warning !== undefined) output.warn(warning);
    output.print(`The hub listens at ${addresses.map(bold).join(", ")}. Ctrl-C ends it.`, {
      status: "listening",
      ip: hostname,
      port,
    });
    await fired(interrupted);
    await hub.stop();
    logging.flush(); // who has left is told before
    output.print("The hub has stopped.", { status: "stopped" });
  },
};

/** Addresses that a client can use for one that a hub listens on. */
function reachableAt(hostname: string): string[] {
  if (hostname !== "0.0.0.0") return [hostname.includes(":") ? `[${hostname}]` : hostname];
  const interfaces = Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" }).state === "granted"
    ? Deno.networkInterfaces()
    : [];
  const others = interfaces.filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."));
  return ["127.0.0.1", ...others.map(({ address }) => address)];
}
