import { assertEquals, assertMatch } from "@std/assert";
import { codeOf } from "./answers.ts";
import { openStore, type TestStore } from "./open_store.ts";
import { BUCKET } from "./signer.ts";

const KEY = "cross_comm/a/1_x_big";
const SIZE = 120_000;

async function initiate({ owner }: TestStore, headers: Record<string, string> = {}): Promise<string> {
  const response = await owner.object("POST", KEY, { subresources: { uploads: "" }, headers });
  return /<UploadId>(\w+)</.exec(await response.text())![1]!;
}

async function part(
  { owner }: TestStore,
  uploadId: string,
  partNumber: number,
  fill: number,
  size = SIZE,
): Promise<string> {
  const body = new Uint8Array(size).fill(fill);
  const response = await owner.object("PUT", KEY, { subresources: { partNumber: `${partNumber}`, uploadId }, body });
  assertEquals(await codeOf(response), "ok");
  return response.headers.get("etag")!;
}

function complete(
  { owner }: TestStore,
  uploadId: string,
  parts: [number: number, etag: string][],
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = `<CompleteMultipartUpload>${
    parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join("")
  }</CompleteMultipartUpload>`;
  return owner.object("POST", KEY, { subresources: { uploadId }, body, headers });
}

/** What an object is filled with, a number for each part's worth of it. */
async function fills(test: TestStore): Promise<number[]> {
  const bytes = await test.owner.get(KEY);
  const result: number[] = [];
  for (let at = 0; at < bytes.length; at += SIZE) {
    const some = new Set(bytes.subarray(at, at + SIZE));
    result.push(...some);
  }
  return result;
}

async function contentFiles(folder: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(`${folder}/content`)) {
    for await (const _ of Deno.readDir(`${folder}/content/${name}`)) count++;
  }
  return count;
}

Deno.test("an upload in parts makes an object of them", async () => {
  await using test = await openStore();
  const id = await initiate(test, { "x-oss-meta-a": "1", "content-type": "a/b" });
  const second = await part(test, id, 7, 2);
  const first = await part(test, id, 3, 1);
  await test.reopen(); // what arrived is there after a restart
  const last = await part(test, id, 10_000, 3, 5);
  assertEquals(test.store.usage(), { objects: 0, bytes: 2 * SIZE + 5 });
  const done = await complete(test, id, [[3, first], [7, second], [10_000, last]]);
  assertMatch(done.headers.get("etag")!, /^"[0-9A-F]{32}-3"$/);
  assertEquals(await codeOf(done), "ok");
  assertEquals(await fills(test), [1, 2, 3]);
  const head = await test.owner.object("HEAD", KEY);
  assertEquals([head.headers.get("x-oss-meta-a"), head.headers.get("content-type")], ["1", "a/b"]);
  assertEquals(head.headers.get("x-oss-object-type"), "Multipart");
  // A range that crosses the parts.
  const range = { headers: { range: `bytes=${SIZE - 2}-${SIZE + 1}` } };
  assertEquals([...await (await test.owner.object("GET", KEY, range)).bytes()], [1, 1, 2, 2]);
  assertEquals(test.store.usage(), { objects: 1, bytes: 2 * SIZE + 5 });
  assertEquals(await codeOf(complete(test, id, [[3, first]])), "NoSuchUpload");
  assertEquals(await codeOf(test.owner.object("DELETE", KEY)), "ok");
  await test.store.close();
  assertEquals(await contentFiles(test.folder), 0);
});

Deno.test("a part that is sent twice counts once, as it was sent last", async () => {
  await using test = await openStore();
  const id = await initiate(test);
  const before = await part(test, id, 1, 1);
  const after = await part(test, id, 1, 2);
  assertEquals(await codeOf(complete(test, id, [[1, before]])), "InvalidPart");
  assertEquals(await codeOf(complete(test, id, [[1, after]])), "ok");
  assertEquals(await fills(test), [2]);
  await test.store.close();
  assertEquals(await contentFiles(test.folder), 1);
});

Deno.test("parts that do not fit are refused", async () => {
  await using test = await openStore();
  const id = await initiate(test);
  const [one, small, three] = [await part(test, id, 1, 1), await part(test, id, 2, 2, 10), await part(test, id, 3, 3)];
  assertEquals(await codeOf(complete(test, id, [])), "InvalidPart");
  assertEquals(await codeOf(complete(test, id, [[1, small]])), "InvalidPart");
  assertEquals(await codeOf(complete(test, id, [[4, one]])), "InvalidPart");
  assertEquals(await codeOf(complete(test, id, [[3, three], [1, one]])), "InvalidPartOrder");
  assertEquals(await codeOf(complete(test, id, [[1, one], [1, one]])), "InvalidPartOrder");
  assertEquals(await codeOf(complete(test, id, [[1, one], [2, small], [3, three]])), "EntityTooSmall");
  for (const partNumber of ["0", "10001", "x", ""]) {
    const request = { subresources: { partNumber, uploadId: id }, body: "x" };
    assertEquals(await codeOf(test.owner.object("PUT", KEY, request)), "InvalidArgument", partNumber);
  }
  const other = { subresources: { partNumber: "1", uploadId: "F00" }, body: "x" };
  assertEquals(await codeOf(test.owner.object("PUT", KEY, other)), "NoSuchUpload");
  await codeOf(test.owner.put(KEY, "there"));
  const forbid = { "x-oss-forbid-overwrite": "true" };
  assertEquals(await codeOf(complete(test, id, [[1, one], [2, small]], forbid)), "FileAlreadyExists");
  assertEquals(await codeOf(complete(test, id, [[1, one], [2, small]])), "ok");
});

Deno.test("an upload that is given up leaves nothing, be it in the middle of a part", async () => {
  await using test = await openStore();
  const id = await initiate(test);
  await part(test, id, 1, 1);
  const parts = Array.from(
    { length: 8 },
    (_, n) =>
      codeOf(
        test.owner.object("PUT", KEY, {
          subresources: { partNumber: `${n + 2}`, uploadId: id },
          body: new Uint8Array(SIZE),
        }),
      ),
  );
  assertEquals(await codeOf(test.owner.object("DELETE", KEY, { subresources: { uploadId: id } })), "ok");
  for (const code of await Promise.all(parts)) assertMatch(code, /ok|NoSuchUpload/);
  assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
  await test.store.close();
  assertEquals(await contentFiles(test.folder), 0);
});

Deno.test("copies share their content, and each lasts as long as it is there", async () => {
  await using test = await openStore();
  const id = await initiate(test);
  await codeOf(complete(test, id, [[1, await part(test, id, 1, 1)], [2, await part(test, id, 2, 2)]]));
  await codeOf(test.owner.object("PUT", "copy", { headers: { "x-oss-copy-source": `/${BUCKET}/${KEY}` } }));
  const again = await initiate(test);
  const parts: [number, string][] = [];
  for (
    const [number, range] of [[1, "bytes=0-119999"], [2, `bytes=60000-179999`], [3, "bytes=239999-239999"]] as const
  ) {
    const headers = { "x-oss-copy-source": `/${BUCKET}/${KEY}`, "x-oss-copy-source-range": range };
    const subresources = { partNumber: String(number), uploadId: again };
    const answer = await (await test.owner.object("PUT", KEY, { headers, subresources })).text();
    parts.push([number, /<ETag>&quot;(.*)&quot;</.exec(answer)![1]!]);
  }
  const done = await complete(test, again, parts);
  assertEquals(await codeOf(done), "ok");
  const bytes = await test.owner.get(KEY);
  assertEquals([bytes.length, bytes[179_999], bytes[180_000], bytes.at(-1)], [240_001, 1, 2, 2]);
  const whole = await test.owner.put("whole", bytes);
  assertEquals(await codeOf(whole), "ok");
  assertEquals(done.headers.get("x-oss-hash-crc64ecma"), whole.headers.get("x-oss-hash-crc64ecma"));
  await codeOf(test.owner.object("DELETE", "whole"));
  await codeOf(test.owner.object("DELETE", KEY));
  assertEquals((await test.owner.get("copy")).length, 2 * SIZE);
  await test.reopen();
  assertEquals(await contentFiles(test.folder), 2);
  await codeOf(test.owner.object("DELETE", "copy"));
  await test.store.close();
  assertEquals(await contentFiles(test.folder), 0);
});

Deno.test("a download goes on though its object is replaced", async () => {
  await using test = await openStore();
  const id = await initiate(test);
  const parts: [number, string][] = [];
  for (let number = 1; number <= 20; number++) parts.push([number, await part(test, id, number, number, 1_000_000)]);
  await codeOf(complete(test, id, parts));
  const response = await test.owner.object("GET", KEY);
  await codeOf(test.owner.put(KEY, "replaced"));
  const bytes = await response.bytes();
  assertEquals(bytes.length, 20_000_000);
  for (let number = 1; number <= 20; number++) assertEquals(bytes[number * 1_000_000 - 1], number);
  await test.store.close();
  assertEquals(await contentFiles(test.folder), 1);
});
