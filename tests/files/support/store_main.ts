// A store in a process of its own: `store_main.ts FOLDER PORT` prints how to reach it as JSON, and serves until killed.
import { ObjectStore } from "../../../lib/object_store/object_store.ts";

const [folder, port] = Deno.args;
const store = await ObjectStore.open({ folder: folder!, minFreeBytes: 0 });
const server = Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen: () => {} }, (request) => {
  return store.handle(request);
});
console.log(JSON.stringify({
  endpoint: `127.0.0.1:${server.addr.port}`,
  bucket: store.settings.bucket,
  ...store.owner,
}));
