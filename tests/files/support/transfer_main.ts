/**
 * Sends a file and receives it again, in a process whose memory and clock are its own: tests that run in parallel share
 * one. `transfer_main.ts SETTINGS FILE DIRECTORY [HOURS]` says where the file is then, and by how many bytes the memory
 * grew at most; the clock is so many hours fast.
 */
import { FileTransfers } from "../../../lib/files/file_transfers.ts";

const [settings = "", path = "", inbox = "", hours = "0"] = Deno.args;
const shift = Number(hours) * 3_600_000;
const { now } = Date;
globalThis.Date = class extends Date {
  constructor(...time: ConstructorParameters<DateConstructor> | []) {
    super(...(time.length === 0 ? [now() + shift] : time) as ConstructorParameters<DateConstructor>);
  }

  static override now = () => now() + shift;
} as DateConstructor;

const transfers = new FileTransfers(() => JSON.parse(settings), "ann");
const before = Deno.memoryUsage().rss;
let growth = 0;
const onProgress = () => growth = Math.max(growth, Deno.memoryUsage().rss - before);
const key = await transfers.send("file", path, { onProgress });
const received = await transfers.receive("file", key, inbox, { onProgress });
console.log(JSON.stringify({ received, growth }));
