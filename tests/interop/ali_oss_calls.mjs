/*
 * Runs in Node what ali-oss can do with buckets, objects and uploads against a store. Prints "ok" in the end.
 *
 * Arguments: the folder of its package, the endpoint, the access key's id and secret, "path" or "host" for where the
 * bucket stands, the version of signatures.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import process from "node:process";
import { Readable } from "node:stream";

const [installed, endpoint, accessKeyId, accessKeySecret, style, version] = process.argv.slice(2);
const OSS = createRequire(`${installed}/`)("ali-oss");
const options = {
  endpoint,
  accessKeyId,
  accessKeySecret,
  bucket: "crosscomm",
  region: "oss-cn-hangzhou",
  sldEnable: style === "path",
  authorizationV4: version === "4",
};
const oss = new OSS(options);
const folder = await mkdtemp(`${tmpdir()}/crosscomm_`);

const refused = (code, call) => assert.rejects(call, { code });
const read = async (stream) => Buffer.concat(await stream.toArray());

// Objects.
const keys = ["plain.txt", "dir/ü 中文 & <b>'\"+%2F?#.txt", "cross_comm/a/1_b/c d", "dir/😀~!*()", "x//y", "a%20b"];
for (const key of keys) {
  const content = `content of ${key}`;
  await oss.put(key, Buffer.from(content), { headers: { "Cache-Control": "max-age=5" }, meta: { uid: 1, pid: 2 } });
  const got = await oss.get(key);
  assert.equal(String(got.content), content);
  assert.equal(got.res.headers["cache-control"], "max-age=5");
  assert.deepEqual((await oss.head(key)).meta, { uid: "1", pid: "2" });
  const range = await oss.get(key, { headers: { Range: "bytes=0-6" } });
  assert.deepEqual([range.res.status, String(range.content)], [206, "content"]);
  assert.equal(String(await read((await oss.getStream(key)).stream)), content);
  await oss.get(key, `${folder}/got`);
  assert.equal(await readFile(`${folder}/got`, "utf8"), content);
  // With an IP address, ali-oss makes no signed addresses.
  const urls = style === "host" ? [] : [
    oss.signatureUrl(key, { expires: 60 }),
    await oss.asyncSignatureUrl(key, { expires: 60 }),
    await oss.signatureUrlV4("GET", 60, {}, key),
  ];
  for (const url of urls) assert.equal(await (await fetch(url)).text(), content);
  await oss.copy(`copy of ${key}`, key);
  assert.equal(String((await oss.get(`copy of ${key}`)).content), content);
  await oss.putMeta(key, { other: "3" }, {});
  assert.deepEqual((await oss.head(key)).meta, { other: "3" });
  await oss.delete(key);
  await refused("NoSuchKey", oss.head(key));
  await refused("NoSuchKey", oss.get(key));
}
await oss.putStream("streamed", Readable.from([Buffer.from("ab"), Buffer.from("cd")]));
assert.equal(String((await oss.get("streamed")).content), "abcd");
await oss.put("empty", Buffer.alloc(0));
assert.equal((await oss.get("empty")).content.length, 0);
await oss.append("log", Buffer.from("one "));
assert.equal(Number((await oss.append("log", Buffer.from("two"), { position: "4" })).nextAppendPosition), 7);
assert.equal(String((await oss.get("log")).content), "one two");
await refused("PositionNotEqualToLength", oss.append("log", Buffer.from("x"), { position: "3" }));
assert.equal((await oss.getACL("log")).acl, "default");

// Listings and buckets.
const names = ["list/a/1", "list/a/2", "list/b/ 中&", "list/c", "list/d/e/f"];
for (const name of names) await oss.put(name, Buffer.from(name));
const page = await oss.list({ prefix: "list/", "max-keys": 2, delimiter: "/" });
assert.deepEqual([page.prefixes, page.isTruncated, page.nextMarker], [["list/a/", "list/b/"], true, "list/b/"]);
const found = [];
let token;
do {
  const query = { prefix: "list/", "max-keys": "2", ...token && { "continuation-token": token } };
  const { objects, nextContinuationToken } = await oss.listV2(query);
  found.push(...objects.map(({ name }) => name));
  token = nextContinuationToken;
} while (token);
assert.deepEqual(found, names);
assert.equal((await oss.deleteMulti(names)).deleted.length, names.length);
assert.equal((await oss.listV2({ prefix: "list/", "max-keys": "2" })).keyCount, 0);
assert.equal((await oss.getBucketInfo("crosscomm")).bucket.Name, "crosscomm");
assert.equal((await oss.getBucketACL("crosscomm")).acl, "private");
await oss.putBucket("second-bucket");
oss.useBucket("second-bucket");
await oss.put("x", Buffer.from("x"));
await refused("BucketNotEmpty", oss.deleteBucket("second-bucket"));
await oss.delete("x");
await oss.deleteBucket("second-bucket");
await refused("NoSuchBucket", oss.list({ "max-keys": 2 }));
oss.useBucket("crosscomm");

// Uploads in parts.
const whole = Buffer.concat(Array.from({ length: 600 }, (_, n) => Buffer.alloc(1000, n)));
const file = `${folder}/whole`;
await writeFile(file, whole);
await oss.put("by path", file);
assert(whole.equals((await oss.get("by path")).content));
await oss.putStream("by stream", createReadStream(file));
assert(whole.equals((await oss.get("by stream")).content));
const upload = { partSize: 102_400, parallel: 3, meta: { uid: 1, pid: 2 } };
let checkpoint;
await assert.rejects(oss.multipartUpload("big 中", file, {
  ...upload,
  parallel: 1,
  progress: (done, reached) => {
    if (done < 0.5) return;
    checkpoint = JSON.parse(JSON.stringify(reached));
    throw new Error("cut off by the test");
  },
}));
const missing = 6 - checkpoint.doneParts.length;
assert(missing > 0);
checkpoint.file = file;
const resumed = [];
await new OSS(options).multipartUpload("big 中", file, {
  ...upload,
  checkpoint,
  progress: (done) => void resumed.push(done),
});
assert(resumed.length <= missing + 1, "what was missing, and the end");
assert(whole.equals((await oss.get("big 中")).content));
assert.deepEqual((await oss.head("big 中")).meta, { uid: "1", pid: "2" });

const { uploadId } = await oss.initMultipartUpload("by hand");
await oss.uploadPart("by hand", uploadId, 1, file, 0, 100_000);
await oss.uploadPart("by hand", uploadId, 1, file, 0, 200_000);
await oss.uploadPartCopy("by hand", uploadId, 2, "200000-599999", {
  sourceKey: "big 中",
  sourceBucketName: "crosscomm",
});
const { parts } = await oss.listParts("by hand", uploadId, {});
assert.deepEqual(parts.map(({ Size }) => Number(Size)), [200_000, 400_000]);
assert.deepEqual((await oss.listUploads({ "max-uploads": 10 })).uploads.map(({ name }) => name), ["by hand"]);
const listed = parts.map(({ PartNumber, ETag }) => ({ number: Number(PartNumber), etag: ETag }));
await oss.completeMultipartUpload("by hand", uploadId, listed);
assert(whole.equals((await oss.get("by hand")).content));
await oss.multipartUploadCopy("copied", { sourceKey: "by hand", sourceBucketName: "crosscomm" }, upload);
assert(whole.equals((await oss.get("copied")).content));
const given = await oss.initMultipartUpload("given up");
await oss.abortMultipartUpload("given up", given.uploadId);
await refused("NoSuchUpload", oss.listParts("given up", given.uploadId, {}));

// Refusals.
await refused("SignatureDoesNotMatch", new OSS({ ...options, accessKeySecret: "wrong" }).get("log"));
await refused("InvalidAccessKeyId", new OSS({ ...options, accessKeyId: "nobody" }).get("log"));

await rm(folder, { recursive: true });
console.log("ok");
