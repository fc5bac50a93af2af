/** Sends a file or a folder, in a process to be killed: `send_main.ts SETTINGS PATH [TYPE]` prints its key. */
import { FileTransfers } from "../../../lib/files/file_transfers.ts";

const [settings = "", path = "", type = "file"] = Deno.args;
const transfers = new FileTransfers(() => JSON.parse(settings), "ann");
console.log(await transfers.send(type as "file" | "folder", path));
