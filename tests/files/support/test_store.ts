import { FileTransfers } from "../../../lib/files/file_transfers.ts";
import { OssStorage } from "../../../lib/files/oss_storage.ts";
import type { StorageSettings } from "../../../lib/files/storage.ts";
import { ObjectStore } from "../../../lib/object_store/object_store.ts";
import { FaultyProxy } from "./faulty_proxy.ts";

/** A store on loopback, a proxy before it that can be told to do harm, and a folder for the test. */
export interface TestStore extends AsyncDisposable {
  store: ObjectStore;
  /** Through the proxy. */
  settings: StorageSettings;
  storage: OssStorage;
  proxy: FaultyProxy;
  /** The requests so far, `GET /bucket/key`. */
  requests: string[];
  /** What was to come in the bodies of those so far that put something, in bytes, as it was told before. */
  announced: number[];
  /** A path in the test's own folder. */
  path(name: string): string;
  transfers(clientId: string): FileTransfers;
}

export async function startStore(): Promise<TestStore> {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  const store = await ObjectStore.open({ folder: `${folder}/store`, minFreeBytes: 0 });
  const requests: string[] = [];
  const announced: number[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    requests.push(`${request.method} ${decodeURIComponent(new URL(request.url).pathname)}`);
    if (request.method === "PUT") announced.push(Number(request.headers.get("content-length") ?? NaN));
    return store.handle(request);
  });
  const proxy = new FaultyProxy(server.addr.port);
  const settings = { endpoint: `127.0.0.1:${proxy.port}`, bucket: store.settings.bucket, ...store.owner };
  return {
    store,
    settings,
    storage: new OssStorage(() => settings),
    proxy,
    requests,
    announced,
    path: (name) => `${folder}/${name}`,
    transfers: (clientId) => new FileTransfers(() => settings, clientId),
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      await server.shutdown();
      await store[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
