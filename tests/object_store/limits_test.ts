import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../support/inbox.ts";
import { codeOf } from "./answers.ts";
import { openStore } from "./open_store.ts";
import { BUCKET } from "./signer.ts";

const chunked = (size: number) => new Blob([new Uint8Array(size)]).stream();

Deno.test("an object may be so large", async () => {
  await using test = await openStore({ maxObjectBytes: 300_000 });
  assertEquals(await codeOf(test.owner.put("a", new Uint8Array(300_000))), "ok");
  const refused = await test.owner.put("a", new Uint8Array(300_001));
  assertMatch(await refused.text(), /<Code>EntityTooLarge<.*300000 bytes/);
  assertEquals(await codeOf(test.owner.put("a", chunked(300_001))), "EntityTooLarge");
  const append = (position: string, size: number) =>
    codeOf(test.owner.object("POST", "log", { subresources: { append: "", position }, body: new Uint8Array(size) }));
  assertEquals([await append("0", 200_000), await append("200000", 200_000)], ["ok", "EntityTooLarge"]);
  assertEquals(test.store.usage(), { objects: 2, bytes: 500_000 });
});

Deno.test("the parts of an upload may be as large together as an object", async () => {
  await using test = await openStore({ maxObjectBytes: 500_000 });
  const started = await (await test.owner.object("POST", "p", { subresources: { uploads: "" } })).text();
  const uploadId = /<UploadId>(\w+)</.exec(started)![1]!;
  const part = (partNumber: string, body: BodyInit | undefined, headers = {}) =>
    codeOf(test.owner.object("PUT", "p", { subresources: { partNumber, uploadId }, body, headers }));
  assertEquals(await part("1", new Uint8Array(200_000)), "ok");
  assertEquals(await part("2", new Uint8Array(300_000)), "ok");
  assertEquals(await part("3", new Uint8Array(1)), "EntityTooLarge");
  assertEquals(await part("3", chunked(1)), "EntityTooLarge");
  assertEquals(await part("1", new Uint8Array(200_001)), "EntityTooLarge");
  assertEquals(await part("2", new Uint8Array(200_000)), "ok", "it takes the place of what was there");
  await codeOf(test.owner.put("source", new Uint8Array(100_001)));
  const copy = { "x-oss-copy-source": `/${BUCKET}/source` };
  assertEquals(await part("3", undefined, copy), "EntityTooLarge");
  await test.reopen({ maxObjectBytes: 500_000 });
  assertEquals(await part("3", undefined, { ...copy, "x-oss-copy-source-range": "bytes=0-99999" }), "ok");
  const two = await Promise.all(["4", "5"].map((number) => part(number, new Uint8Array(1))));
  assertEquals(two, ["EntityTooLarge", "EntityTooLarge"]);
  assertEquals(await part("1", new Uint8Array(100_000)), "ok");
  const codes = await Promise.all(["4", "5", "6"].map((number) => part(number, new Uint8Array(60_000))));
  assertEquals(codes.sort(), ["EntityTooLarge", "EntityTooLarge", "ok"], "nor what comes at once");
});

Deno.test("a bucket may hold so much, what is on its way and unfinished included", async () => {
  await using test = await openStore({ maxBucketBytes: 1_000_000 });
  const codes = await Promise.all(
    Array.from({ length: 8 }, (_, n) => codeOf(test.owner.put(`${n}`, new Uint8Array(200_000)))),
  );
  assertEquals(codes.filter((code) => code === "ok").length, 5);
  assertEquals(codes.filter((code) => code === "QuotaExceeded").length, 3);
  assertMatch(await (await test.owner.put("x", "x")).text(), /may hold 1000000 bytes and holds 1000000/);
  const copy = { headers: { "x-oss-copy-source": `/${BUCKET}/${codes.indexOf("ok")}` } };
  assertEquals(await codeOf(test.owner.object("PUT", "copy", copy)), "QuotaExceeded");
  assertEquals(await codeOf(test.owner.object("DELETE", `${codes.indexOf("ok")}`)), "ok");
  const started = await (await test.owner.object("POST", "p", { subresources: { uploads: "" } })).text();
  const uploadId = /<UploadId>(\w+)</.exec(started)![1]!;
  const part = (size: number) =>
    codeOf(test.owner.object("PUT", "p", { subresources: { partNumber: "1", uploadId }, body: new Uint8Array(size) }));
  assertEquals([await part(150_000), await part(150_000)], ["ok", "QuotaExceeded"]);
  assertEquals(await codeOf(test.owner.put("x", new Uint8Array(50_000))), "ok");
  assertEquals(test.store.usage().bytes, 1_000_000);
});

Deno.test("nor does a bucket hold more where many parts are copied at once", async () => {
  await using test = await openStore({ maxBucketBytes: 1_000_000 });
  await codeOf(test.owner.put("source", new Uint8Array(300_000)));
  const started = await (await test.owner.object("POST", "p", { subresources: { uploads: "" } })).text();
  const uploadId = /<UploadId>(\w+)</.exec(started)![1]!;
  const headers = { "x-oss-copy-source": `/${BUCKET}/source`, "x-oss-copy-source-range": "bytes=0-199999" };
  const codes = await Promise.all(Array.from({ length: 8 }, (_, n) => {
    return codeOf(test.owner.object("PUT", "p", { subresources: { partNumber: `${n + 1}`, uploadId }, headers }));
  }));
  assertEquals(codes.filter((code) => code === "ok").length, 3);
  assertEquals(codes.filter((code) => code === "QuotaExceeded").length, 5);
});

Deno.test("so much of the disk stays free", async () => {
  await using test = await openStore({ minFreeBytes: 2 ** 50 });
  const refused = await test.owner.put("a", "x");
  assertEquals(refused.status, 507);
  assertMatch(await refused.text(), /<Code>InsufficientStorage<.*1125899906842624 bytes/);
  assertEquals(await codeOf(test.owner.put("a", chunked(10))), "InsufficientStorage");
});

Deno.test("nor does what has no bytes of its own fill the disk", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "x"));
  const begin = () => test.owner.object("POST", "parts", { subresources: { uploads: "" } });
  const uploadId = /<UploadId>(\w+)</.exec(await (await begin()).text())![1]!;
  await test.reopen({ minFreeBytes: 2 ** 50 });
  const headers = { "x-oss-copy-source": `/${BUCKET}/a` };
  const subresources = { uploadId, partNumber: "1" };
  assertEquals(await codeOf(test.owner.put("empty", "")), "InsufficientStorage");
  assertEquals(await codeOf(begin()), "InsufficientStorage");
  assertEquals(await codeOf(test.owner.object("PUT", "b", { headers })), "InsufficientStorage");
  assertEquals(await codeOf(test.owner.object("PUT", "parts", { headers, subresources })), "InsufficientStorage");
  assertEquals(await codeOf(test.owner.object("DELETE", "a")), "ok");
});

Deno.test("old objects and abandoned uploads are removed", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "x"));
  const started = await (await test.owner.object("POST", "p", { subresources: { uploads: "" } })).text();
  const uploadId = /<UploadId>(\w+)</.exec(started)![1]!;
  await codeOf(test.owner.object("PUT", "p", { subresources: { partNumber: "1", uploadId }, body: "part" }));
  assertEquals(test.store.usage(), { objects: 1, bytes: 5 });
  await test.reopen({ uploadLifetime: 0.01 });
  await until(() => test.store.usage().bytes === 1, "the upload is removed");
  await test.reopen({ objectLifetime: 0.01 });
  await until(() => test.store.usage().bytes === 0, "the object is removed");
  assertEquals(await codeOf(test.owner.object("GET", "a")), "NoSuchKey");
});
