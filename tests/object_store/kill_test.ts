import { assert, assertEquals, assertRejects } from "@std/assert";
import { Crc64 } from "../../lib/protocol/crc64.ts";
import { ObjectStore } from "../../lib/object_store/object_store.ts";
import { codeOf } from "./answers.ts";
import { BUCKET, Signer } from "./signer.ts";

interface StoreProcess extends AsyncDisposable {
  owner: Signer;
  /** Ends it without a chance to tidy up. */
  kill(): Promise<void>;
  /** How much memory it takes, in bytes. */
  memory(): Promise<number>;
}

async function start(folder: string): Promise<StoreProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `--config=${import.meta.dirname}/../../deno.json`,
      `${import.meta.dirname}/store_process.ts`,
      folder,
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { port, owner } = JSON.parse((await reader.read()).value!);
  let killed = false;
  const kill = async () => {
    if (killed) return;
    killed = true;
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
  };
  return {
    owner: new Signer(port, owner),
    kill,
    memory: async () => Number(await (await fetch(`http://127.0.0.1:${port}/memory`)).text()),
    [Symbol.asyncDispose]: kill,
  };
}

function contentOf(n: number, size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).fill(n % 251);
}

async function contentFiles(folder: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(`${folder}/content`)) {
    for await (const _ of Deno.readDir(`${folder}/content/${name}`)) count++;
  }
  return count;
}

Deno.test("what was answered is there after a kill at any moment, and nothing else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  const answered = new Map<string, number>();
  const begun = new Map<string, Set<number>>();
  let count = 0;
  for (let round = 0; round < 4; round++) {
    await using process = await start(folder);
    const killAt = count + 20 + round * 7;
    const uploader = async () => {
      for (;;) {
        const n = count++;
        const key = `key${n % 30}`;
        begun.set(key, (begun.get(key) ?? new Set()).add(n));
        if (n === killAt) void process.kill();
        const sent = n % 7 === 3
          ? process.owner.object("DELETE", key)
          : process.owner.put(key, contentOf(n, 1000 + (n % 5) * 300_000));
        if (await codeOf(sent).catch(() => "gone") !== "ok") return;
        answered.set(key, n);
      }
    };
    await Promise.all(Array.from({ length: 4 }, uploader));
  }
  await using process = await start(folder);
  for (const [key, n] of answered) {
    const response = await process.owner.object("GET", key);
    const bytes = await response.bytes();
    // The last one that was answered, or one that was under way together with it or when the process ended.
    const fits = [...begun.get(key)!].filter((other) => other >= n - 4);
    if (response.status === 404) assert(fits.some((other) => other % 7 === 3), `${key} is gone`);
    else {
      const found = fits.filter((other) => other % 7 !== 3 && other % 251 === bytes[0]);
      assert(found.some((other) => bytes.length === 1000 + (other % 5) * 300_000), `${key} is not what was sent`);
      assert(bytes.every((byte) => byte === bytes[0]), `${key} is a mixture`);
    }
  }
  await process.kill();
  await using store = await ObjectStore.open({ folder, minFreeBytes: 0 });
  assertEquals(await contentFiles(folder), store.usage().objects);
  const { bytes } = store.usage();
  assertEquals([...store.list()].reduce((sum, { size }) => sum + size, 0), bytes);
  await store.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an upload in parts goes on after a kill", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  let uploadId: string;
  const etags: string[] = [];
  const part = async ({ owner }: StoreProcess, number: number) => {
    const subresources = { partNumber: String(number), uploadId };
    const response = await owner.object("PUT", "big", { subresources, body: contentOf(number, 200_000) });
    assertEquals(await codeOf(response), "ok");
    etags.push(response.headers.get("etag")!);
  };
  {
    await using process = await start(folder);
    const started = await (await process.owner.object("POST", "big", { subresources: { uploads: "" } })).text();
    uploadId = /<UploadId>(\w+)</.exec(started)![1]!;
    await part(process, 1);
  }
  await using process = await start(folder);
  await part(process, 2);
  const parts = etags.map((etag, n) => `<Part><PartNumber>${n + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
  const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
  assertEquals(await codeOf(process.owner.object("POST", "big", { subresources: { uploadId }, body })), "ok");
  const bytes = await process.owner.get("big");
  assertEquals([bytes.length, bytes[0], bytes[199_999], bytes[200_000]], [400_000, 1, 1, 2]);
  await assertRejects(() => ObjectStore.open({ folder }), Error, "in use by another hub");
  await process.kill();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a large object passes through little memory", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  const size = 600 * 2 ** 20;
  await using process = await start(folder);
  const before = await process.memory();
  let most = before;
  const watch = setInterval(async () => most = Math.max(most, await process.memory().catch(() => 0)), 50);
  const { init } = process.owner.prepare({ method: "PUT", path: `/${BUCKET}/big` });
  const chunk = new Uint8Array(2 ** 20).fill(7);
  const crc = new Crc64();
  {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: process.owner.port });
    const headers = Object.entries({ ...init.headers, host: "localhost", "content-length": `${size}` });
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await connection.write(new TextEncoder().encode(`PUT /${BUCKET}/big HTTP/1.1\r\n${head}\r\n`));
    for (let at = 0; at < size; at += chunk.length) {
      crc.update(chunk);
      for (let written = 0; written < chunk.length;) written += await connection.write(chunk.subarray(written));
    }
    const answer = new Uint8Array(4096);
    const text = new TextDecoder().decode(answer.subarray(0, (await connection.read(answer))!));
    assertEquals(text.split("\r\n")[0], "HTTP/1.1 200 OK");
    assert(text.includes(`x-oss-hash-crc64ecma: ${crc.value}`), text);
  }
  const response = await process.owner.object("GET", "big");
  let length = 0;
  for await (const piece of response.body!) length += piece.length;
  assertEquals(length, size);
  clearInterval(watch);
  assert(most - before < 200 * 2 ** 20, `${(most - before) / 2 ** 20} MiB more`);
  await process.kill();
  await Deno.remove(folder, { recursive: true });
});
