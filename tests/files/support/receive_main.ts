/** Receives a file or a folder, in a process to be killed: `receive_main.ts SETTINGS KEY DIRECTORY [TYPE]`. */
import { FileTransfers } from "../../../lib/files/file_transfers.ts";

const [settings = "", key = "", directory = "", type = "file"] = Deno.args;
await new FileTransfers(() => JSON.parse(settings), "bob").receive(type as "file" | "folder", key, directory);
