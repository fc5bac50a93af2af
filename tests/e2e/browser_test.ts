// The client in a real browser: a page that is served from here talks over a hub to a Deno client, which sees all.
import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { type AnyMessage, CommMsgType, CrossCommClient, CrossCommServer, type SendContent } from "../../mod.ts";
import { bundleForBrowser } from "./browser/bundle.ts";
import { Chromium, findChromium } from "./browser/chromium.ts";
import type { Answer, Greeting, Report } from "./browser/talk.ts";

const PATIENCE = 60_000;
const text = 'héllo, 你好，世界 👩‍👩‍👧 \u{1F1E8}\u{1F1F3} " \\ \n \u2028';
const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i * 31 + (i >> 8));

const chromium = await findChromium();
if (chromium === undefined) {
  console.log("The test of the client in a browser is skipped: there is no Chromium. Set CHROMIUM to the path of one.");
}

Deno.test("client.ts bundles for browsers, with nothing of Node's and no server", async () => {
  const { files, atOnce } = await bundleForBrowser("client.ts");
  const bundle = atOnce.map((name) => files.get(name)).join("");

  console.log(`client.ts, bundled and minified: ${bundle.length} characters`);
  assertEquals(bundle.match(/\bDeno\.(serve|upgradeWebSocket|Command)\b/g), null);
  assertEquals(bundle.match(/\b(from|import)\s*["'](?!\.\/)[^"']*["']|\brequire\s*\(|["']node:\w+["']/g), null);
  assertFalse(bundle.includes("oss-sdk"));
});

Deno.test({
  name: "the client runs in a browser",
  ignore: chromium === undefined,
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await using hub = new CrossCommServer({
        ip: "127.0.0.1",
        port: 0,
        clientsFile: `${folder}/clients.yaml`,
        allowedOrigins: ["*"], // the page is served from another port
      });
      await hub.startServer();
      const port = hub.addr.port;
      await using deno = new CrossCommClient({ port, clientId: "deno" });
      await deno.login();
      const messages = deno.messages({ fromClientId: "browser" });

      await using page = await servePage(`ws://127.0.0.1:${port}`);
      await using browser = await Chromium.open(chromium!, page.url);
      const failed = Promise.race([browser.crashed(), page.failed]);
      failed.catch(() => {}); // it ends for sure once we end it
      const next = async <T>(what: Promise<T>) => await within(Promise.race([what, failed]));
      const receive = async () => (await next(messages.next())).value as AnyMessage;
      /** Sends a message to the page, and asserts that it returns it. */
      const exchange = async <T extends CommMsgType>(msgType: T, content: SendContent[T], contentIs: string) => {
        await deno.sendMessage(content, msgType, { toClientId: "browser" });
        assertEquals((await receive()).content as unknown, { msgType, contentIs } satisfies Answer);
        const returned = await receive();
        assertEquals([returned.msgType, returned.content], [msgType, content]);
      };

      const { ownId, ...greeting } = (await receive()).content as unknown as Greeting;
      assertEquals(greeting, {
        runsInDeno: false,
        clients: ["deno is online", "browser is online"],
        withoutHub: "UNREACHABLE",
      });
      assertMatch(ownId, /^[\w-]+_[0-9a-f]{8}$/);
      assertEquals(hub.getOnlineClients(), ["deno", "browser"]);

      await exchange(CommMsgType.TEXT, text, "[object String]");
      await exchange(CommMsgType.DICT, { text, list: [1, 2.5, null, { deep: true }], "键": "值" }, "[object Object]");
      await exchange(CommMsgType.JSON, JSON.stringify([text, -1e-7]), "[object String]");
      await exchange(CommMsgType.BYTES, bytes, "[object Uint8Array]");

      await deno.sendMessage("bye", CommMsgType.TEXT, { toClientId: "browser" });
      assertEquals(await next(page.done), { isConnected: false });
      assertEquals(hub.getOnlineClients(), ["deno"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Serves the page, and takes its report. */
async function servePage(hubUrl: string) {
  const { files } = await bundleForBrowser("tests/e2e/browser/page.ts");
  const report = Promise.withResolvers<Report>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/":
        return html(`<!doctype html><meta charset="utf-8"><script type="module" src="${source}"></script>`);
      case "/report":
        report.resolve(await request.json());
        return new Response();
      default: {
        const script = files.get(pathname.slice(1));
        if (script === undefined) return new Response("not found\n", { status: 404 });
        return new Response(script, { headers: { "content-type": "text/javascript; charset=utf-8" } });
      }
    }
  });
  const source = `page.js?${new URLSearchParams({ hub: hubUrl, nowhere: `ws://127.0.0.1:${freePort()}` })}`;
  const done = report.promise.then((body) => {
    if ("failure" in body) throw new Error(`The page has failed: ${body.failure}`);
    return body;
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    done,
    /** Rejects when the page reports a failure. */
    failed: done.then(() => new Promise<never>(() => {})),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function html(body: string): Response {
  return new Response(body, { headers: { "content-type": "text/html; charset=utf-8" } });
}

/** A port on which nothing listens. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** Waits, but not forever. */
async function within<T>(what: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The page has said nothing for ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    return await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
}
