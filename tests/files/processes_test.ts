import { assert, assertEquals } from "@std/assert";
import { FileTransfers } from "../../lib/files/file_transfers.ts";
import type { StorageSettings } from "../../lib/files/storage.ts";
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

async function transfer(settings: StorageSettings, path: string, inbox: string, hours = 0) {
  const main = new URL("support/transfer_main.ts", import.meta.url).href;
  const args = [JSON.stringify(settings), path, inbox, `${hours}`];
  return JSON.parse(await run(Deno.execPath(), ["run", "-A", main, ...args]));
}

Deno.test("a file of 600 MiB goes up and down without being held in memory", () =>
  inTempFolder(async (folder) => {
    await using store = await startStoreProcess(`${folder}/store`);
    const size = 600 * MIB;
    await Deno.writeFile(`${folder}/big`, new Uint8Array());
    await Deno.truncate(`${folder}/big`, size);
    const { received, growth } = await transfer(store.settings, `${folder}/big`, `${folder}/in`);
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

for (const hours of [-1, 1, 24 * 365]) {
  Deno.test(`a clock that is ${hours} hours fast is no hindrance`, () =>
    inTempFolder(async (folder) => {
      await using store = await startStoreProcess(`${folder}/store`);
      await Deno.writeFile(`${folder}/a.bin`, sample(9 * MIB));
      const { received } = await transfer(store.settings, `${folder}/a.bin`, `${folder}/in`, hours);
      assertEquals(await digestOf(received), await digestOf(`${folder}/a.bin`));
    }));
}
