import { ObjectStore } from "../../lib/object_store/object_store.ts";
import type { StorageSettings } from "../../client.ts";
import { Inbox } from "./inbox.ts";

/** A store on loopback that belongs to no hub, and whose downloads, or uploads, wait when the test wants them to. */
export interface GatedStore extends AsyncDisposable {
  settings: StorageSettings;
  store: ObjectStore;
  /** The keys that were asked for, each once for `next`. */
  asked: Inbox<string>;
  /** The same, all of them. */
  downloads: string[];
  /** From here on they wait, until what this returns is called. */
  hold(): () => void;
}

export async function gatedStore(method: "GET" | "PUT" = "GET"): Promise<GatedStore> {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  const store = await ObjectStore.open({ folder, minFreeBytes: 0 });
  const asked = new Inbox<string>();
  const downloads: string[] = [];
  let gate: Promise<void> | undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const key = decodeURIComponent(new URL(request.url).pathname.split("/").slice(2).join("/"));
    if (request.method === method && key !== "") {
      downloads.push(key);
      asked.push(key);
      await gate;
    }
    return await store.handle(request);
  });
  return {
    settings: { endpoint: `127.0.0.1:${server.addr.port}`, bucket: store.settings.bucket, ...store.owner },
    store,
    asked,
    downloads,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
