/**
 * Sends a file and receives it again, in a process whose memory is its own: tests that run in parallel share one. Says
 * where the file is then, and by how many bytes the memory grew at most.
 */
import { FileTransfers } from "../../../lib/files/file_transfers.ts";

const [settings = "", path = "", inbox = ""] = Deno.args;
const transfers = new FileTransfers(() => JSON.parse(settings), "ann");
const before = Deno.memoryUsage().rss;
let growth = 0;
const onProgress = () => growth = Math.max(growth, Deno.memoryUsage().rss - before);
const key = await transfers.send("file", path, { onProgress });
const received = await transfers.receive("file", key, inbox, { onProgress });
console.log(JSON.stringify({ received, growth }));
