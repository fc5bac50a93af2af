import { assert, assertEquals } from "@std/assert";
import { clientPrefix, isSentFolder } from "../../lib/protocol/client_prefix.ts";
import { codeOf as code } from "./answers.ts";
import { openStore } from "./open_store.ts";
import { BUCKET, type Signer } from "./signer.ts";

const list = (signer: Signer, prefix: string, subresources: Record<string, string> = {}) =>
  code(signer.send({ path: `/${BUCKET}/`, query: { prefix }, subresources }));

Deno.test("no id's prefix is, or is in, that of another", () => {
  const ids = [
    "a",
    "ab",
    "a/b",
    "a%2Fb",
    "a%252Fb",
    "..",
    ".",
    "%2E%2E",
    "",
    "张三",
    "a\\b",
    "a\0",
    "\ud800",
    "%uD800",
    "\ufffd",
    "🎉",
  ];
  const prefixes = ids.map(clientPrefix);
  for (const [index, prefix] of prefixes.entries()) {
    assert(/^cross_comm\/[^/]*\/$/.test(prefix), prefix);
    for (const other of prefixes.slice(0, index)) {
      assert(!prefix.startsWith(other) && !other.startsWith(prefix), prefix);
    }
  }
  assertEquals(clientPrefix("00:1a:2b_0123abcd"), "cross_comm/00:1a:2b_0123abcd/");
  assertEquals(clientPrefix(".."), "cross_comm/%2E%2E/");
});

Deno.test("a folder that was sent has a name of its own", () => {
  for (const prefix of ["cross_comm/bob/1732_ab_photos/", "cross_comm/bob/1_f/sub/", "photos/", "photos/2024/"]) {
    assert(isSentFolder(prefix), prefix);
  }
  const not = [
    "",
    "/",
    "//",
    "cross_comm",
    "cross_comm/",
    "cross_comm/bob/",
    "cross_comm/bob/1_x",
    "photos",
    "a//",
    "cross_comm//x/",
  ];
  for (const prefix of not) assert(!isSentFolder(prefix), prefix);
});

Deno.test("a client writes under its own prefix alone", async () => {
  await using test = await openStore();
  for (const id of ["a", "..", "张三/b", "00:1a_0"]) {
    const client = test.client(id);
    const own = clientPrefix(id);
    const foreign = [
      "cross_comm/ab/x",
      "cross_comm/b/x",
      "x",
      own.slice(0, -1),
      `x/${own}y`,
      `${clientPrefix(`${id}/c`)}x`,
    ];
    await (await test.owner.put("cross_comm/b/x", "x")).body?.cancel();

    assertEquals(await code(client.put(`${own}x`, "x")), "ok");
    assertEquals(
      await code(client.object("PUT", `${own}copy`, { headers: { "x-oss-copy-source": `/${BUCKET}/cross_comm/b/x` } })),
      "ok",
    );
    assertEquals(
      await code(client.object("POST", `${own}log`, { subresources: { append: "", position: "0" }, body: "x" })),
      "ok",
    );
    assertEquals(await code(client.object("POST", `${own}parts`, { subresources: { uploads: "" } })), "ok");
    assertEquals(await code(client.object("DELETE", `${own}log`)), "ok");
    for (const key of foreign) {
      assertEquals(await code(client.put(key, "x")), "AccessDenied", key);
      assertEquals(
        await code(client.object("PUT", key, { headers: { "x-oss-copy-source": `/${BUCKET}/cross_comm/b/x` } })),
        "AccessDenied",
      );
      assertEquals(
        await code(client.object("POST", key, { subresources: { append: "", position: "0" }, body: "x" })),
        "AccessDenied",
      );
      assertEquals(await code(client.object("POST", key, { subresources: { uploads: "" } })), "AccessDenied");
      assertEquals(await code(client.object("DELETE", key)), "AccessDenied");
      const body = `<Delete><Object><Key>${own}x</Key></Object><Object><Key>${key}</Key></Object></Delete>`;
      const request = { method: "POST", path: `/${BUCKET}/`, subresources: { delete: "" }, body };
      assertEquals(await code(client.send(request)), "AccessDenied");
    }
    assertEquals(await code(client.object("HEAD", `${own}x`)), "ok"); // the refused request deleted nothing
    const body = `<Delete><Object><Key>${own}x</Key></Object></Delete>`;
    assertEquals(
      await code(client.send({ method: "POST", path: `/${BUCKET}/`, subresources: { delete: "" }, body })),
      "ok",
    );
  }
});

Deno.test("an upload of another cannot be touched", async () => {
  await using test = await openStore();
  const started = await test.client("a").object("POST", "cross_comm/a/big", { subresources: { uploads: "" } });
  const uploadId = /<UploadId>(\w+)</.exec(await started.text())![1]!;
  const b = test.client("b");
  const part = { subresources: { partNumber: "1", uploadId }, body: "x" };
  assertEquals(await code(b.object("PUT", "cross_comm/a/big", part)), "AccessDenied");
  assertEquals(await code(b.object("PUT", "cross_comm/b/big", part)), "NoSuchUpload");
  assertEquals(await code(b.object("GET", "cross_comm/a/big", { subresources: { uploadId } })), "AccessDenied");
  assertEquals(await code(b.object("DELETE", "cross_comm/a/big", { subresources: { uploadId } })), "AccessDenied");
  assertEquals(await code(test.client("a").object("PUT", "cross_comm/a/big", part)), "ok");
});

Deno.test("a client reads what it can name, and lists what it was sent", async () => {
  await using test = await openStore();
  await (await test.owner.put("cross_comm/b/1_f/x", "x")).body?.cancel();
  const client = test.client("a");
  assertEquals(await code(client.object("GET", "cross_comm/b/1_f/x")), "ok");
  assertEquals(await code(client.object("HEAD", "cross_comm/b/1_f/x")), "ok");
  assertEquals(await code(client.object("GET", "cross_comm/b/1_f/y")), "NoSuchKey");
  for (const prefix of ["", "c", "cross_comm/", "cross_comm/b/", "cross_comm/b/1"]) {
    assertEquals(await list(client, prefix), "AccessDenied", prefix);
  }
  for (const prefix of ["cross_comm/b/1_f/", "photos/"]) assertEquals(await list(client, prefix), "ok", prefix);
  assertEquals(await list(client, "", { uploads: "" }), "AccessDenied");
  assertEquals(await list(client, "cross_comm/b/", { uploads: "" }), "AccessDenied");
  assertEquals(await list(client, "cross_comm/a/", { uploads: "" }), "ok");
});

Deno.test("buckets are the owner's", async () => {
  await using test = await openStore();
  const client = test.client("a");
  assertEquals(await code(client.send({ path: "/" })), "AccessDenied");
  for (const method of ["PUT", "DELETE"]) {
    for (const bucket of [BUCKET, "another"]) {
      assertEquals(await code(client.send({ method, path: `/${bucket}/` })), "AccessDenied");
    }
  }
  assertEquals(await code(client.send({ path: `/${BUCKET}/`, subresources: { bucketInfo: "" } })), "ok");
  assertEquals(await code(client.send({ path: `/${BUCKET}/`, subresources: { lifecycle: "" } })), "NotImplemented");
  // Whether another bucket exists is none of a client's business.
  await (await test.owner.send({ method: "PUT", path: "/another/" })).body?.cancel();
  await (await test.owner.send({ method: "PUT", path: "/another/x", body: "x" })).body?.cancel();
  for (const bucket of ["another", "nowhere"]) {
    assertEquals(await code(client.send({ path: `/${bucket}/x` })), "AccessDenied");
    assertEquals(await code(client.send({ path: `/${bucket}/`, subresources: { bucketInfo: "" } })), "AccessDenied");
    const headers = { "x-oss-copy-source": `/${bucket}/x` };
    assertEquals(await code(client.object("PUT", "cross_comm/a/x", { headers })), "AccessDenied");
  }
});

Deno.test("a granted key outlives a restart, and ends in its time", async () => {
  await using test = await openStore();
  const client = test.client("a");
  assertEquals(await code(client.put("cross_comm/a/x", "x")), "ok");
  await test.reopen();
  assertEquals(await code(client.object("GET", "cross_comm/a/x")), "ok");
  assertEquals(await code(test.client("a", -1).object("GET", "cross_comm/a/x")), "SecurityTokenExpired");
  // Whoever lengthens it has no secret that fits.
  const { accessKeyId, accessKeySecret } = client.key;
  const forged = accessKeyId.replace(/\d+/, (expires) => String(Number(expires) + 1));
  client.key.accessKeyId = forged;
  assertEquals(await code(client.object("GET", "cross_comm/a/x")), "SignatureDoesNotMatch");
  const [kind, expires, clientId, subject] = accessKeyId.split(".");
  for (const changed of [[kind, expires, "YgA", subject], [kind, expires, clientId, "YgA"]]) { // client b, subject b
    client.key.accessKeyId = changed.join(".");
    assertEquals(accessKeySecret, client.key.accessKeySecret);
    assertEquals(await code(client.put("cross_comm/a/x", "x")), "SignatureDoesNotMatch");
    assertEquals(await code(client.put("cross_comm/b/x", "x")), "SignatureDoesNotMatch");
  }
});
