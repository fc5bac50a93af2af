import { ObjectStore } from "../../lib/object_store/object_store.ts";
import type { ObjectStoreSettings } from "../../lib/object_store/settings.ts";
import { BUCKET, Signer } from "./signer.ts";

/** A store behind a server of this machine. Disposing of it stops both and removes the folder. */
export interface TestStore extends AsyncDisposable {
  store: ObjectStore;
  folder: string;
  port: number;
  /** Sends requests as the owner. */
  owner: Signer;
  /** Sends requests as a client that was given a key. */
  client(id: string, lifetimeSeconds?: number): Signer;
  /** Stops the server and opens the folder anew. */
  reopen(settings?: Partial<ObjectStoreSettings>): Promise<void>;
}

export async function openStore(settings: Partial<ObjectStoreSettings> = {}): Promise<TestStore> {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  const path = `${folder}/store`;
  const open = (changed: Partial<ObjectStoreSettings> = {}) =>
    // A temporary folder may be on a small disk.
    ObjectStore.open({ folder: path, bucket: BUCKET, minFreeBytes: 0, ...settings, ...changed });
  let store = await open();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => store.handle(request),
  );
  const { port } = server.addr;
  return {
    get store() {
      return store;
    },
    folder: path,
    port,
    owner: new Signer(port, store.owner),
    client: (id, lifetimeSeconds = 3600) => new Signer(port, store.grant(id, lifetimeSeconds)),
    async reopen(changed) {
      await store.close();
      store = await open(changed);
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
