/** Sends a file, in a process to be killed: `send_main.ts SETTINGS FILE` prints its key. */
import { FileTransfers } from "../../../lib/files/file_transfers.ts";

const [settings = "", path = ""] = Deno.args;
console.log(await new FileTransfers(() => JSON.parse(settings), "ann").send("file", path));
