import { assertEquals } from "@std/assert";
import { fetchTransport, PLACEHOLDER } from "../../lib/files/oss_transport.ts";
import type { PartBody } from "../../lib/files/part_body.ts";
import { StoreClock } from "../../lib/files/store_clock.ts";

/** Sends a part of these bytes by way of `fetch`, which the test replaces. */
async function sendPart(part: Uint8Array<ArrayBuffer>, fetch: typeof globalThis.fetch): Promise<number> {
  const own = globalThis.fetch;
  globalThis.fetch = fetch;
  try {
    const transport = fetchTransport("http://store.test", new StoreClock(), undefined, 60_000);
    const request = { method: "PUT", headers: {}, stream: ReadableStream.from([part]), timeout: 60_000 };
    return (await transport.request(`${PLACEHOLDER}/key`, request)).status;
  } finally {
    globalThis.fetch = own;
  }
}

Deno.test("a part is sent whole, with its length before it", async () => {
  const part = crypto.getRandomValues(new Uint8Array(65536)), sent: Uint8Array[] = [];
  let size: number | undefined;
  const status = await sendPart(part, async (_url, init) => {
    const body = init!.body as PartBody;
    size = body.size;
    sent.push(...await Array.fromAsync(body.stream()));
    return new Response();
  });
  assertEquals([status, size, sent], [200, part.length, [part]]);
});
