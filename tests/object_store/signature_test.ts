import { assertEquals, assertMatch } from "@std/assert";
import { codeOf } from "./answers.ts";
import { openStore } from "./open_store.ts";
import { BUCKET, encodeKey, Signer } from "./signer.ts";

Deno.test("without a valid signature nobody learns whether a key exists", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("there", "x"));
  const wrong = new Signer(test.port, { ...test.owner.key, accessKeySecret: "wrong" });
  const nobody = new Signer(test.port, { accessKeyId: "nobody", accessKeySecret: "wrong" });
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "POST"]) {
    for (const [signer, code] of [[wrong, "SignatureDoesNotMatch"], [nobody, "InvalidAccessKeyId"]] as const) {
      const answers: unknown[] = [];
      for (const key of ["there", "not there"]) {
        const response = await signer.object(method, key, method === "PUT" || method === "POST" ? { body: "x" } : {});
        const text = (await response.text()).replaceAll(/<RequestId>.*<\/RequestId>/g, "");
        const headers = Object.fromEntries(response.headers);
        for (const name of ["date", "x-oss-request-id", "x-oss-err"]) delete headers[name];
        answers.push([response.status, text, headers]);
        if (method !== "HEAD") assertMatch(text, new RegExp(`<Code>${code}</Code>`));
      }
      assertEquals(answers[0], answers[1]);
    }
    for (const key of ["there", "not there"]) {
      const anonymous = await fetch(`http://127.0.0.1:${test.port}/${BUCKET}/${encodeKey(key)}`, { method });
      assertEquals(anonymous.status, 403);
      assertEquals(await codeOf(anonymous), method === "HEAD" ? "403" : "AccessDenied");
    }
  }
  assertEquals(await codeOf(test.owner.object("GET", "there")), "ok");
});

Deno.test("a signature covers the method, the address, the headers of OSS and the date", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "x"));
  const { url, init } = test.owner.prepare({ path: `/${BUCKET}/a`, headers: { "x-oss-meta-a": "1" } });
  const headers = init.headers as Record<string, string>;
  const send = (changed: RequestInit, address = url) => codeOf(fetch(address, { ...init, ...changed }));
  assertEquals(await send({}), "ok");
  const refused = "SignatureDoesNotMatch";
  assertEquals(await send({ method: "DELETE" }), refused);
  assertEquals(await send({}, url.replace(/a$/, "b")), refused);
  assertEquals(await send({}, `${url}?acl`), refused);
  assertEquals(await send({}, `${url}?response-expires=1`), refused);
  assertEquals(await send({ headers: { ...headers, "x-oss-meta-a": "2" } }), refused);
  assertEquals(await send({ headers: { ...headers, "x-oss-meta-b": "1" } }), refused);
  assertEquals(await send({ headers: { ...headers, "content-type": "a/b" } }), refused);
  assertEquals(await send({ headers: { ...headers, date: new Date(Date.now() - 5000).toUTCString() } }), refused);
  for (
    const authorization of ["", "OSS", "OSS a", "OSS4-HMAC-SHA256 x", "OSS4-HMAC-SHA256 Credential=a/1/b", "Basic YTpi"]
  ) {
    assertEquals(await send({ headers: { ...headers, authorization } }), "AccessDenied", authorization);
  }
});

Deno.test("a clock may be off by a quarter of an hour", async () => {
  await using test = await openStore();
  for (
    const [minutes, code] of [[-14, "ok"], [14, "ok"], [-16, "RequestTimeTooSkewed"], [
      60,
      "RequestTimeTooSkewed",
    ]] as const
  ) {
    const date = new Date(Date.now() + minutes * 60_000).toUTCString();
    assertEquals(await codeOf(test.owner.object("PUT", "a", { headers: { date }, body: "x" })), code);
  }
});

Deno.test("a signed address serves until it expires", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a b", "x"));
  const signed = (method: string, seconds: number, subresources: Record<string, string> = {}) => {
    const expires = String(Math.floor(Date.now() / 1000) + seconds);
    const request = { path: `/${BUCKET}/a%20b`, resource: `/${BUCKET}/a b`, subresources };
    const query = new URLSearchParams({
      ...subresources,
      OSSAccessKeyId: test.owner.key.accessKeyId,
      Expires: expires,
      Signature: test.owner.sign(method, {}, request, expires),
    });
    return fetch(`http://127.0.0.1:${test.port}${request.path}?${query}`, { method });
  };
  const answer = await signed("GET", 60, { "response-content-type": "text/x", "response-content-disposition": "a\nb" });
  assertEquals([answer.status, await answer.text()], [200, "x"]);
  assertEquals(answer.headers.get("content-type"), "text/x");
  assertEquals(answer.headers.get("content-disposition"), "a b");
  assertEquals(await codeOf(signed("GET", -1)), "AccessDenied");
  assertEquals(await codeOf(signed("PUT", 60)), "ok");
});

Deno.test("a bucket stands in the path or in the host", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put(`${BUCKET}/x`, "deep"));
  await codeOf(test.owner.put("x", "flat"));
  const get = async (host: string, path: string, resource: string) => {
    const { init } = test.owner.prepare({ path, resource });
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: test.port });
    const headers = Object.entries(init.headers!).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await connection.write(
      new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}connection: close\r\n\r\n`),
    );
    return (await new Response(connection.readable).text()).split("\r\n\r\n")[1];
  };
  for (
    const host of [
      "127.0.0.1:9898",
      "localhost",
      "[::1]:9898",
      "hub",
      "hub.example.com",
      `${BUCKET}.example.com`,
      BUCKET,
    ]
  ) {
    assertEquals(await get(host, `/${BUCKET}/x`, `/${BUCKET}/x`), "flat", host);
  }
  for (const host of [`${BUCKET}.127.0.0.1:9898`, `${BUCKET}.localhost`, `${BUCKET}.oss-cn-hangzhou.aliyuncs.com`]) {
    assertEquals(await get(host, "/x", `/${BUCKET}/x`), "flat", host);
    // The same address means another object to whoever has the bucket in the host: the signature tells.
    assertEquals(await get(host, `/${BUCKET}/x`, `/${BUCKET}/${BUCKET}/x`), "deep", host);
  }
  assertMatch((await get(`${BUCKET}.localhost`, "/x", `/other/x`))!, /SignatureDoesNotMatch/);
});
