/** A bare `fetch` of files. */

import { openAsBlob } from "node:fs";
import { obey, timed } from "./orders.ts";

async function put(url: string, body: BodyInit): Promise<void> {
  const response = await fetch(url, { method: "PUT", body });
  if (!response.ok) throw new Error(`the server answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

await obey({
  /** Its length known: `fetch` tells it of a blob alone, which holds the file in memory. */
  upload: (url: string, path: string) => timed(async () => await put(url, await openAsBlob(path))),

  /** Its length unknown: any stream goes in chunks, whatever the headers say. */
  uploadInChunks: (url: string, path: string) => timed(async () => await put(url, (await Deno.open(path)).readable)),

  download: (url: string, path: string) =>
    timed(async () => {
      const response = await fetch(url);
      if (!response.ok || !response.headers.has("content-length")) {
        throw new Error(`the server answered ${response.status}, or no length`);
      }
      await response.body!.pipeTo((await Deno.open(path, { write: true, createNew: true })).writable);
    }),
});
