import { assert, assertEquals } from "@std/assert";
import { FileTransfers } from "../../lib/files/file_transfers.ts";
import { run } from "../support/command.ts";
import { digestOf, sample } from "./support/sample.ts";
import { startStoreProcess, type StoreProcess } from "./support/store_process.ts";

const MIB = 1024 * 1024;

async function inTempFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file of 600 MiB goes up and down without being held in memory", () =>
  inTempFolder(async (folder) => {
    await using store = await startStoreProcess(`${folder}/store`);
    const size = 600 * MIB;
    await Deno.writeFile(`${folder}/big`, new Uint8Array());
    await Deno.truncate(`${folder}/big`, size);
    const transferMain = new URL("support/transfer_main.ts", import.meta.url).href;
    const printed = await run(Deno.execPath(), [
      ...["run", "-A", "--no-lock", transferMain],
      ...[JSON.stringify(store.settings), `${folder}/big`, `${folder}/in`],
    ]);
    const { received, growth } = JSON.parse(printed);
    assertEquals((await Deno.stat(received)).size, size);
    assert(growth < 256 * MIB, `${Math.round(growth / MIB)} MiB`);
  }));

Deno.test("an upload outlives the store's being killed and started again", () =>
  inTempFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.bin`, sample(40 * MIB));
    let store: StoreProcess = await startStoreProcess(`${folder}/store`);
    const { settings } = store;
    let restarted: Promise<StoreProcess> | undefined;
    const restart = async () => {
      await store[Symbol.asyncDispose]();
      return await startStoreProcess(`${folder}/store`, Number(settings.endpoint.split(":")[1]));
    };
    const transfers = new FileTransfers(() => settings, "ann");
    const key = await transfers.send("file", `${folder}/a.bin`, { onProgress: () => void (restarted ??= restart()) });
    store = await restarted!;
    try {
      const path = await transfers.receive("file", key, `${folder}/in`);
      assertEquals(await digestOf(path), await digestOf(`${folder}/a.bin`));
    } finally {
      await store[Symbol.asyncDispose]();
    }
  }));
