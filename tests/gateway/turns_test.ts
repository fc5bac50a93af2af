import { assert, assertEquals } from "@std/assert";
import { Turns } from "../../lib/gateway/turns.ts";
import type { StoreRequest } from "../object_store/signer.ts";
import { contentFiles } from "../support/content_files.ts";
import { HttpClient } from "../support/http_client.ts";
import { inTime, until } from "../support/inbox.ts";
import { lentSigner } from "../support/lent_signer.ts";
import { RawClient } from "../support/raw_client.ts";
import { startGateway } from "../support/start_gateway.ts";
import { startHub } from "../support/start_hub.ts";

const MIB = 1024 * 1024;

Deno.test("messages pass between the pieces of bodies that come as fast as they can be taken", async () => {
  let taken = 0;
  await using hub = await startGateway(async ({ body }) => {
    for await (const { length } of body!) taken += length;
    return new Response();
  });
  await using senders = new Senders(hub.port, 4);
  const median = await takenMeanwhile(hub.port, () => taken);
  senders.stop();
  assert(median <= MIB / 2, `${median} bytes were taken while a message passed`);
});

Deno.test("messages pass between the pieces of answers that are read as fast as they can be sent", async () => {
  let taken = 0;
  const piece = new Uint8Array(64 * 1024);
  const endless = () => {
    return new ReadableStream({
      pull(controller) {
        taken += piece.length;
        controller.enqueue(piece);
      },
    }, { highWaterMark: 0 });
  };
  await using hub = await startGateway(() => new Response(endless()));
  await using readers = new Readers(hub.port, 4);
  const median = await takenMeanwhile(hub.port, () => taken);
  readers.stop();
  assert(median <= MIB, `${median} bytes were taken while a message passed`);
});

Deno.test("messages pass between those of one who sends long ones without end", async () => {
  await using hub = await startHub();
  await using flooder = await RawClient.login(hub.port, "flooder");
  let taken = 0;
  let isOver = false;
  const flood = () => flooder.sendFrame({ to_client_id: "server", content: "x".repeat(MIB) });
  hub.server.messageListener({ fromClientId: "flooder" })(() => {
    taken += MIB;
    if (!isOver) flood();
  });
  for (let n = 0; n < 32; n++) flood();
  const median = await takenMeanwhile(hub.port, () => taken);
  isOver = true;
  assert(median <= 2 * MIB, `${median} bytes were taken while a message passed`);
});

for (const [when, othersTalk, rests] of [["while others talk", true, 4], ["not when nobody does", false, 0]] as const) {
  Deno.test(`bodies rest after each half MiB ${when}`, async () => {
    using turns = new Turns();
    const { setTimeout } = globalThis;
    let count = 0;
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
      count++;
      return setTimeout(...args);
    }) as typeof setTimeout;
    try {
      for (let piece = 0; piece < 33; piece++) { // of 64 KiB
        if (othersTalk) turns.heard();
        await new Promise((resolve) => turns.wait(1, resolve));
      }
    } finally {
      globalThis.setTimeout = setTimeout;
    }
    assertEquals(count, rests);
  });
}

Deno.test("senders that fall silent in the middle of a body hold up nobody, and may go on", async () => {
  await using hub = await startHub({ minFreeBytes: 0 });
  await using ann = await RawClient.connect(hub.port);
  const signer = await lentSigner(hub.port, ann);
  await using bob = await RawClient.login(hub.port, "bob");
  // What fits into one write, what is gathered, and what does not tell its length.
  const lengths = [["Content-Length: 2000"], [`Content-Length: ${MIB}`], ["Transfer-Encoding: chunked"]];
  using stack = new DisposableStack();
  const silent: { client: HttpClient; rest: string }[] = [];
  for (let index = 0; index < 30; index++) {
    const client = stack.use(await HttpClient.connect(hub.port));
    const { url, init } = signer.prepare({ method: "PUT", path: `/crosscomm/cross_comm/ann/silent${index}` });
    const headers = Object.entries(init.headers as Record<string, string>).map(([name, value]) => `${name}: ${value}`);
    const kind = index % lengths.length;
    const begin = `${kind === 2 ? "1000\r\n" : ""}${"x".repeat(1000)}`;
    await client.send(`PUT ${new URL(url).pathname}`, [...headers, ...lengths[kind]!], begin);
    const rest = ["x".repeat(1000), "x".repeat(MIB - 1000), `${"x".repeat(0x1000 - 1000)}\r\n0\r\n\r\n`][kind]!;
    silent.push({ client, rest });
  }
  await until(() => contentFiles(hub) === silent.length, "all have begun");

  const large = new Uint8Array(16 * MIB).fill(7);
  const upload = signer.put("cross_comm/ann/large", large);
  for (let index = 0; index < 100; index++) {
    ann.sendFrame({ to_client_id: "bob", content: `${index}` });
    assertEquals((await bob.next("text")).content, `${index}`);
  }
  const answer = await inTime(upload, "the upload passes");
  await answer.body?.cancel();
  assertEquals(answer.status, 200);
  assertEquals(await signer.get("cross_comm/ann/large"), large);
  for (const { client, rest } of silent) {
    await client.write(rest);
    assertEquals((await client.answer()).status, 200);
  }
});

Deno.test("messages pass between the pieces of objects that are copied into parts of others", async () => {
  await using hub = await startHub({ minFreeBytes: 0 });
  await using ann = await RawClient.connect(hub.port);
  const signer = await lentSigner(hub.port, ann);
  await using bob = await RawClient.login(hub.port, "bob");
  const ask = async (method: string, key: string, rest: Partial<StoreRequest> = {}) => {
    const response = await signer.object(method, `cross_comm/ann/${key}`, rest);
    assertEquals(response.status, 200);
    return await response.text();
  };
  await ask("PUT", "large", { body: new Uint8Array(256 * MIB) });
  const uploadId = /<UploadId>(\w+)/.exec(await ask("POST", "copy", { subresources: { uploads: "" } }))![1]!;
  const headers = {
    "x-oss-copy-source": "/crosscomm/cross_comm/ann/large",
    "x-oss-copy-source-range": `bytes=0-${255 * MIB}`,
  };
  let copying = 4;
  const copies = ["1", "2", "3", "4"].map(async (partNumber) => {
    await ask("PUT", "copy", { subresources: { uploadId, partNumber }, headers });
    copying--;
  });
  let passed = 0;
  for (; copying > 0; passed++) {
    ann.sendFrame({ to_client_id: "bob", content: passed });
    assertEquals((await bob.next("text")).content, passed);
  }
  await Promise.all(copies);
  assert(passed > 200, `${passed} messages passed while 1 GiB was read`);
});

/** How many bytes are taken while a message passes, once they flow: the median of 51 messages. */
async function takenMeanwhile(port: number, taken: () => number): Promise<number> {
  await using ann = await RawClient.login(port, "ann");
  await using bob = await RawClient.login(port, "bob");
  await until(() => taken() > 8 * MIB, "the bodies flow");
  const meanwhile: number[] = [];
  for (let n = 0; n < 51; n++) {
    const before = taken();
    ann.sendFrame({ to_client_id: "bob", content: n });
    assertEquals((await bob.next("text")).content, n);
    meanwhile.push(taken() - before);
  }
  return meanwhile.sort((a, b) => a - b)[25]!;
}

/** Read answers without end, each over a connection of its own, until they are stopped. */
class Readers implements AsyncDisposable {
  #isOver = false;
  readonly #done: Promise<unknown>;

  constructor(port: number, count: number) {
    this.#done = Promise.all(Array.from({ length: count }, () => this.#read(port)));
  }

  stop(): void {
    this.#isOver = true;
  }

  async #read(port: number): Promise<void> {
    using connection = await Deno.connect({ port, hostname: "127.0.0.1" });
    await connection.write(new TextEncoder().encode("GET /b/a HTTP/1.1\r\nHost: hub\r\n\r\n"));
    const buffer = new Uint8Array(MIB);
    while (!this.#isOver) await connection.read(buffer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#done;
  }
}

/** Send bodies without end, each over a connection of its own, until they are stopped. */
class Senders implements AsyncDisposable {
  #isOver = false;
  readonly #done: Promise<unknown>;

  constructor(port: number, count: number) {
    this.#done = Promise.all(Array.from({ length: count }, () => this.#send(port)));
  }

  stop(): void {
    this.#isOver = true;
  }

  async #send(port: number): Promise<void> {
    using client = await HttpClient.connect(port);
    await client.send("PUT /b/a", ["Transfer-Encoding: chunked"]);
    const chunk = `${MIB.toString(16)}\r\n${"x".repeat(MIB)}\r\n`;
    while (!this.#isOver) await client.write(chunk);
    await client.write("0\r\n\r\n");
    await client.answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#done;
  }
}
