/** The least a store on Deno can be: writes a body to a file, and reads it. Arguments: port, file. */

const [port, path = ""] = Deno.args;

Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {} }, async (request) => {
  if (request.method === "PUT") {
    const file = await Deno.open(path, { write: true, create: true, truncate: true });
    const flush = new URL(request.url).pathname === "/flush";
    await request.body!.pipeTo(file.writable, { preventClose: flush });
    if (flush) {
      await file.syncData();
      file.close();
    }
    return new Response(null, { status: 204 });
  }
  const file = await Deno.open(path);
  const { size } = await file.stat();
  return new Response(file.readable, { headers: { "content-length": String(size) } });
});
