/** A store to be killed: says on which port it listens, and what its owner's key is. */
import { ObjectStore } from "../../lib/object_store/object_store.ts";

const store = await ObjectStore.open({ folder: Deno.args[0]!, minFreeBytes: 0 });
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ port, owner: store.owner })),
}, async (request) => {
  if (!request.url.endsWith("/memory")) return await store.handle(request);
  return new Response(String(Deno.memoryUsage().rss));
});
