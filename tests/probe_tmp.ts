import { Gateway } from "../lib/gateway/gateway.ts";
import { bareHub } from "./support/fake_transport.ts";
import { TcpClient } from "./support/tcp_client.ts";
globalThis.addEventListener("unhandledrejection", (e) => { console.log("UNHANDLED", e.reason?.message); e.preventDefault(); });
globalThis.addEventListener("error", (e) => { console.log("UNCAUGHT", e.message); e.preventDefault(); });
const bare = await bareHub();
let release: (() => void)|undefined; let cancelled = 0; let ended=0; const seen: string[]=[];
const gw = await Gateway.listen(bare.hub, "127.0.0.1", 0, async (req) => {
  seen.push(req.method+" "+req.url);
  if (req.url.includes("stall")) await new Promise<void>((r) => release = r);
  if (req.url.includes("ctl")) return new Response("x", { headers: { "content-type": "a\x01b" } });
  if (req.method==="HEAD") return new Response(null,{headers:{"content-length":"77"}});
  if (req.url.includes("204")) return new Response(null, { status: 204 });
  if (req.url.includes("304")) return new Response(null, { status: 304, headers: {etag: '"x"'} });
  if (req.url.includes("echo")) { const b = await new Response(req.body).text(); return new Response(b, {headers: {"content-length": String(b.length), "set-cookie":"a=1", }}); }
  if (req.url.includes("cancel")) { const r = req.body!.getReader(); await r.read(); r.cancel().catch(()=>{}); return new Response("refused", {status: 400, headers:{"content-length":"7"}}); }
  let n=0;
  return new Response(new ReadableStream({ pull(c){ n++; c.enqueue(new Uint8Array(65536)); }, cancel(){cancelled++; console.log("cancelled after", n)} }, {highWaterMark:0}));
});
const port = gw.addr.port;
const sleep=(ms:number)=>new Promise(r=>setTimeout(r,ms));
async function raw(text: string, reads=1, wait=100) { using c = await TcpClient.connect(port); await c.write(text); let out=""; for(let i=0;i<reads;i++){ await sleep(wait); out+=await c.read();} return out; }
console.log(await raw("GET /b/204 HTTP/1.1\r\nHost: x\r\n\r\n"));
console.log(await raw("GET /b/304 HTTP/1.1\r\nHost: x\r\n\r\n"));
console.log(await raw("POST /b/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
console.log(await raw("PUT /b/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\nhello"));
console.log("expect", await raw("PUT /b/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello"));
console.log("cancel", JSON.stringify(await raw("PUT /b/cancel HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhello")));
console.log("cancelchunked", JSON.stringify(await raw("PUT /b/cancel HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")));
console.log("ctl", JSON.stringify(await raw("GET /b/ctl HTTP/1.1\r\nHost: x\r\n\r\n", 0)));
await sleep(100);
console.log("head", JSON.stringify(await raw("HEAD /b/ech HTTP/1.1\r\nHost: x\r\n\r\n")));
await sleep(100);
console.log("abs", JSON.stringify(await raw("GET http://y/b/204 HTTP/1.1\r\nHost: x\r\n\r\n")));
console.log("dots", JSON.stringify(await raw("GET /b/a/../204//%2F?x=%zz HTTP/1.1\r\nHost: x\r\n\r\n")));
// big download vanish
{ using c = await TcpClient.connect(port); await c.write("GET /b/big HTTP/1.1\r\nHost: x\r\n\r\n"); await c.read(); await sleep(200);} await sleep(200);
console.log("cancelled", cancelled);
{ using c = await TcpClient.connect(port); await c.write("GET /b/big-stall HTTP/1.1\r\nHost: x\r\n\r\n"); await sleep(100);} await sleep(100); release!(); await sleep(300);
console.log("cancelled (stall)", cancelled);
console.log(seen);
await gw.close(); console.log("closed");
Deno.exit();
