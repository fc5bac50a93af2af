/** Receives a file, in a process to be killed: `receive_main.ts SETTINGS KEY DIRECTORY`. */
import { FileTransfers } from "../../../lib/files/file_transfers.ts";

const [settings = "", key = "", directory = ""] = Deno.args;
await new FileTransfers(() => JSON.parse(settings), "bob").receive("file", key, directory);
