/** A bare `fetch` of files. */

import { openAsBlob } from "node:fs";
import { obey, timed } from "./orders.ts";

async function put(url: string, body: BodyInit): Promise<void> {
  const response = await fetch(url, { method: "PUT", body });
  if (!response.ok) throw new Error(`the server answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

await obey({
  /** As a blob, which has the file in memory: a stream goes without its length, and Deno reads such a body slowly. */
  upload: (url: string, path: string) => timed(async () => await put(url, await openAsBlob(path))),

  download: (url: string, path: string) =>
    timed(async () => {
      const response = await fetch(url);
      if (!response.ok || !response.headers.has("content-length")) {
        throw new Error(`the server answered ${response.status}, or no length`);
      }
      await response.body!.pipeTo((await Deno.open(path, { write: true, createNew: true })).writable);
    }),
});
