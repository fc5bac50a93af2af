import { assert, assertEquals } from "@std/assert";
import { statfsSync } from "node:fs";
import { readStorageSettings } from "../../server.ts";
import { start } from "../cli/crosscomm.ts";
import { run } from "../support/command.ts";
import { tempFolder } from "../support/start_hub.ts";

const MIB = 1024 ** 2;
const SIZE = 5 * 1024 ** 3;
const MAX_GROWTH = 300 * MIB;
/** Generous: the copies of the store and of the receiver are really written. */
const TIMEOUT_MS = 20 * 60_000;

Deno.test("a file of 5 GiB goes through a hub, and neither the hub nor the other end holds it in memory", async () => {
  await using folder = await tempFolder();
  const { bavail, bsize } = statfsSync(folder.path);
  if (Deno.build.os !== "linux" || bavail * bsize < 2.5 * SIZE) {
    console.log(
      "The test of 5 GiB is skipped: it needs Linux, which tells a process's peak of memory, and 13 GiB of disk.",
    );
    return;
  }
  const source = `${folder.path}/large`;
  await Deno.writeFile(source, new Uint8Array());
  await Deno.truncate(source, SIZE); // sparse: it takes no room itself
  const args = ["server", "--ip", "127.0.0.1", "--port", "0", "--json"];
  await using hub = start(args, { cwd: folder.path, timeoutMs: TIMEOUT_MS });
  const { port } = JSON.parse(await hub.line());
  const settings = await readStorageSettings(`${folder.path}/cross_comm_store`, "127.0.0.1", port);
  const before = await memoryOf(hub.pid, "VmRSS");

  const main = new URL("../files/support/transfer_main.ts", import.meta.url).href;
  const printed = await run(Deno.execPath(), [
    ...["run", "-A", main],
    ...[JSON.stringify(settings), source, `${folder.path}/in`],
  ], { timeoutMs: TIMEOUT_MS });
  const { received, growth } = JSON.parse(printed);
  assertEquals((await Deno.stat(received)).size, SIZE);
  const hubGrowth = await memoryOf(hub.pid, "VmHWM") - before;
  console.log(
    `More memory: ${Math.round(growth / MIB)} MiB for the clients, ${Math.round(hubGrowth / MIB)} for the hub`,
  );
  assert(growth < MAX_GROWTH, `${Math.round(growth / MIB)} MiB`);
  assert(hubGrowth < MAX_GROWTH, `${Math.round(hubGrowth / MIB)} MiB`);
});

/** What a process has in memory now, or had at most, in bytes. */
async function memoryOf(pid: number, what: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await run("cat", [`/proc/${pid}/status`]); // Deno itself reads it with all permissions alone
  return Number(new RegExp(`^${what}:\\s*(\\d+) kB`, "m").exec(status)![1]) * 1024;
}
