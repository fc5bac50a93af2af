import { CrossCommError, StorageHousekeeping, type StorageSettings } from "../../client.ts";
import { readStorageSettings } from "../../server.ts";
import { bytes } from "./bytes.ts";
import type { Command } from "./command.ts";
import { nearest, type Settings, UsageError } from "./flags.ts";
import { logToStandardError } from "./logging.ts";
import { type Output, printable } from "./output.ts";

const subcommands = ["ls", "rm", "usage"];

export const storage: Command = {
  usage: "[ls [PREFIX] | rm KEY… | usage]",
  details: `Without a subcommand, prints the four OSS_* settings that Python, Java and Swift programs need to send files
through the hub's store: put them into their .env. They hold a secret that may do everything in the store. Run this
where the hub runs, in the same directory or with the same --store-folder.`,
  flags: [
    {
      name: "ip",
      value: "ADDRESS",
      env: "CROSSCOMM_IP",
      help: "the hub's address, as the programs reach it (127.0.0.1)",
    },
    { name: "port", value: "PORT", number: true, env: "CROSSCOMM_PORT", help: "the hub's port (9898)" },
    { name: "tls", help: "the hub has a certificate" },
    {
      name: "store-folder",
      value: "FOLDER",
      env: "CROSSCOMM_STORE_FOLDER",
      help: "where the hub keeps its store (cross_comm_store)",
    },
  ],
  examples: ["storage --ip 192.168.1.5", "storage ls cross_comm/ann/", "storage usage"],
  async run(settings, output, interrupted) {
    await using _logging = await logToStandardError("warning");
    const [subcommand, ...args] = settings.positional;
    const access = await readAccess(settings);
    if (subcommand === undefined) return printSettings(access, output);
    const store = new StorageHousekeeping(access);
    switch (subcommand) {
      case "ls":
        return await list(store, args, output, interrupted);
      case "rm":
        return await remove(store, args, output);
      case "usage":
        return await usage(store, args, output);
      default:
        throw new UsageError(`storage has no subcommand ${subcommand}${nearest(subcommand, subcommands)}`);
    }
  },
};

async function readAccess(settings: Settings): Promise<StorageSettings> {
  const ip = settings.text("ip") ?? "127.0.0.1";
  const folder = settings.text("store-folder") ?? "cross_comm_store";
  return await readStorageSettings(folder, ip, settings.number("port"), settings.on("tls") ? "https" : "http");
}

function printSettings({ endpoint, bucket, accessKeyId, accessKeySecret }: StorageSettings, output: Output): void {
  const lines = {
    OSS_ENDPOINT: endpoint,
    OSS_BUCKET_NAME: bucket,
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET: accessKeySecret,
  };
  output.print(Object.entries(lines).map(([name, value]) => `${name}=${value}`).join("\n"), lines);
}

async function list(store: StorageHousekeeping, args: string[], output: Output, interrupted: AbortSignal) {
  if (args.length > 1) throw new UsageError("storage ls takes one prefix");
  let isEmpty = true;
  for await (const { key, size } of store.list(args[0])) {
    if (interrupted.aborted) return;
    isEmpty = false;
    output.print(`${bytes(size).padStart(10)}  ${printable(key)}`, { key, size });
  }
  if (isEmpty) output.print(args[0] === undefined ? "The store is empty." : "No key begins like that.");
}

async function remove(store: StorageHousekeeping, keys: string[], output: Output) {
  if (keys.length === 0) throw new UsageError("storage rm needs the keys to remove");
  const missing: string[] = [];
  for (const key of keys) {
    if (await store.remove(key)) output.print(`Removed ${printable(key)}`, { removed: key });
    else missing.push(key);
  }
  if (missing.length === 0) return;
  const what = `no object ${missing.map((key) => JSON.stringify(key)).join(", ")}`;
  throw new CrossCommError("OBJECT_NOT_FOUND", `the store has ${what}: see what it has with storage ls`);
}

async function usage(store: StorageHousekeeping, args: string[], output: Output) {
  if (args.length > 0) throw new UsageError("storage usage takes no arguments");
  let [objects, total] = [0, 0];
  for await (const { size } of store.list()) {
    objects++;
    total += size;
  }
  output.print(`${objects} ${objects === 1 ? "object" : "objects"}, ${bytes(total)}`, { objects, bytes: total });
}
