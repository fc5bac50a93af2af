import { assertEquals, assertMatch } from "@std/assert";
import { codeOf } from "./answers.ts";
import { openStore, type TestStore } from "./open_store.ts";
import { SignerV4 } from "./signer_v4.ts";

const MINUTE = 60_000;
const REFUSED = "SignatureDoesNotMatch";

const ownerOf = (test: TestStore) => new SignerV4(test.port, test.owner.key);
const send = (request: Request) => codeOf(fetch(request));

Deno.test("version 4: a header's signature covers the method, the address and the headers of OSS", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("dir/ü a", "x"));
  const owner = ownerOf(test);
  const key = "dir/ü a";
  const query = { "response-content-type": "text/x" };
  const headers = { "x-oss-meta-a": "1", "content-type": "text/plain" };
  const answer = await fetch(owner.inHeader({ key, query, headers }));
  assertEquals([await answer.text(), answer.headers.get("content-type")], ["x", "text/x"]);

  const signed = owner.inHeader({ key, query, headers });
  const { url } = signed;
  const changed = (init: RequestInit, address = url) =>
    send(new Request(address, { headers: signed.headers, ...init }));
  const withHeader = (name: string, value: string) => {
    const headers = new Headers(signed.headers);
    headers.set(name, value);
    return changed({ headers });
  };
  assertEquals(await changed({}), "ok");
  assertEquals(await changed({ method: "DELETE" }), REFUSED);
  assertEquals(await changed({}, url.replace("%20a", "%20b")), REFUSED);
  assertEquals(await changed({}, url.replace("text", "html")), REFUSED);
  assertEquals(await changed({}, url.replace(/\?.*/, "")), REFUSED);
  assertEquals(await changed({}, `${url}&acl`), REFUSED);
  assertEquals(await withHeader("x-oss-meta-a", "2"), REFUSED);
  assertEquals(await withHeader("x-oss-meta-b", "1"), REFUSED);
  assertEquals(await withHeader("content-type", "text/html"), REFUSED);
  const later = signed.headers.get("x-oss-date")!.replace(/\d\dZ$/, (end) => end === "59Z" ? "58Z" : "59Z");
  assertEquals(await withHeader("x-oss-date", later), REFUSED);
  const authorization = signed.headers.get("authorization")!;
  assertEquals(await withHeader("authorization", authorization.replace("hangzhou", "beijing")), REFUSED);
  assertEquals(
    await withHeader("authorization", authorization.replace(/.$/, (digit) => digit === "0" ? "1" : "0")),
    REFUSED,
  );
  assertEquals(await withHeader("authorization", authorization.replace(/Signature=.*/, "Signature=")), REFUSED);
  assertEquals(await withHeader("authorization", authorization.replace(/\/\d{8}\//, "/20200101/")), "AccessDenied");
  assertEquals(await withHeader("x-oss-content-sha256", "0".repeat(64)), "InvalidArgument");
});

Deno.test("version 4: a wrong secret and a stranger learn nothing, in a header or in an address", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("there", "x"));
  const wrong = new SignerV4(test.port, { ...test.owner.key, accessKeySecret: "wrong" });
  const nobody = new SignerV4(test.port, { accessKeyId: "nobody", accessKeySecret: "wrong" });
  for (const key of ["there", "not there"]) {
    for (const [signer, code] of [[wrong, REFUSED], [nobody, "InvalidAccessKeyId"]] as const) {
      assertEquals(await send(signer.inHeader({ key })), code);
      assertEquals(await send(signer.inUrl({ key }, 60)), code);
    }
  }
  assertEquals(await send(ownerOf(test).inHeader({ key: "not there" })), "NoSuchKey");
});

Deno.test("version 4: a clock may be off by a quarter of an hour", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "x"));
  const at = (minutes: number) => send(ownerOf(test).inHeader({ key: "a", time: Date.now() + minutes * MINUTE }));
  for (const minutes of [-14, 0, 14]) assertEquals(await at(minutes), "ok", `${minutes}`);
  for (const minutes of [-60, -16, 16, 60]) assertEquals(await at(minutes), "RequestTimeTooSkewed", `${minutes}`);
});

Deno.test("version 4: a signed address serves until it expires, for what it was signed", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "x"));
  const owner = ownerOf(test);
  const at = (minutes: number, seconds: number) =>
    send(owner.inUrl({ key: "a", time: Date.now() + minutes * MINUTE }, seconds));
  assertEquals(await at(0, 60), "ok");
  assertEquals(await at(-60, 3700), "ok");
  assertEquals(await at(-60, 3500), "AccessDenied");
  const expired = await fetch(owner.inUrl({ key: "a", time: Date.now() - 2 * MINUTE }, 60));
  assertMatch(await expired.text(), /<Code>AccessDenied<.*Request has expired/s);
  assertEquals(await at(16, 60), "RequestTimeTooSkewed");
  assertEquals(await at(0, 7 * 24 * 3600 + 1), "AccessDenied");

  const { url } = owner.inUrl({ key: "a" }, 60);
  const changed = (address: string, method = "GET") => send(new Request(address, { method }));
  assertEquals(await changed(url), "ok");
  assertEquals(await changed(url, "DELETE"), REFUSED);
  assertEquals(await changed(url.replace("/a?", "/b?")), REFUSED);
  assertEquals(await changed(url.replace("expires=60", "expires=600")), REFUSED);
  assertEquals(await changed(`${url}&response-content-type=text%2Fhtml`), REFUSED);
  assertEquals(await changed(url.replace(/x-oss-signature=\w+/, "x-oss-signature=")), REFUSED);
  assertEquals(await codeOf(test.owner.object("GET", "a")), "ok");
});
