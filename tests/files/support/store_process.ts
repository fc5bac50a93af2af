import type { StorageSettings } from "../../../lib/files/storage.ts";

/** A store in a process of its own. Disposing of it kills it. */
export interface StoreProcess extends AsyncDisposable {
  settings: StorageSettings;
}

export async function startStoreProcess(folder: string, port = 0): Promise<StoreProcess> {
  const main = new URL("store_main.ts", import.meta.url);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main.href, folder, `${port}`],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the store did not start: ${text}`);
    text += value;
  }
  return {
    settings: JSON.parse(text),
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await reader.cancel();
    },
  };
}
