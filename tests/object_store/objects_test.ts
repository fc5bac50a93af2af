import { assert, assertEquals, assertMatch } from "@std/assert";
import { Crc64 } from "../../lib/protocol/crc64.ts";
import { codeOf } from "./answers.ts";
import { openStore } from "./open_store.ts";
import { BUCKET } from "./signer.ts";

function crcOf(bytes: Uint8Array): string {
  const crc = new Crc64();
  crc.update(bytes);
  return String(crc.value);
}

function random(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

Deno.test("content of every size comes back as it was", async () => {
  await using test = await openStore();
  for (const size of [0, 1, 65535, 65537, 262144, 262145, 1048576, 3_000_001]) {
    const bytes = random(size);
    const chunked = new Blob([bytes]).stream();
    for (const body of [bytes, chunked]) {
      const put = await test.owner.put("a", body);
      assertEquals(await codeOf(put), "ok");
      assertEquals(put.headers.get("x-oss-hash-crc64ecma"), crcOf(bytes));
      const response = await test.owner.object("GET", "a");
      assertEquals(response.headers.get("content-length"), String(size));
      assertEquals(response.headers.get("etag"), put.headers.get("etag"));
      assertEquals(response.headers.get("x-oss-hash-crc64ecma"), crcOf(bytes));
      assertEquals(crcOf(await response.bytes()), crcOf(bytes));
    }
  }
});

Deno.test("an object keeps its headers", async () => {
  await using test = await openStore();
  const headers = {
    "content-type": "text/x-test",
    "content-disposition": 'attachment; filename="x"',
    "content-encoding": "identity",
    "content-language": "de",
    "cache-control": "no-store",
    "expires": "0",
    "x-oss-meta-a": "b c",
  };
  assertEquals(await codeOf(test.owner.put("a", "x", headers)), "ok");
  for (const method of ["GET", "HEAD"]) {
    const response = await test.owner.object(method, "a");
    await response.body?.cancel();
    for (const [name, value] of Object.entries(headers)) {
      // The store adds to this one that nobody may compress what it sends.
      assertEquals(response.headers.get(name), name === "cache-control" ? `${value}, no-transform` : value);
    }
    assertMatch(response.headers.get("last-modified")!, /GMT$/);
    assertEquals(response.headers.get("content-length"), "1");
  }
  const long = { "x-oss-meta-long": "x".repeat(9000) };
  assertEquals(await codeOf(test.owner.put("a", "x", long)), "InvalidArgument");
});

Deno.test("a range is a part of an object", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "0123456789"));
  const cases: [string, number, string, string | null][] = [
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=4-", 206, "456789", "bytes 4-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=3-2", 200, "0123456789", null],
    ["bytes=0-1,3-4", 200, "0123456789", null],
    ["lines=0-1", 200, "0123456789", null],
    ["bytes=-", 200, "0123456789", null],
  ];
  for (const [range, status, content, contentRange] of cases) {
    const response = await test.owner.object("GET", "a", { headers: { range } });
    assertEquals([response.status, await response.text()], [status, content], range);
    assertEquals(response.headers.get("content-range"), contentRange);
    assertEquals(response.headers.get("content-length"), String(content.length));
  }
  for (const range of ["bytes=10-", "bytes=99-100", "bytes=-0"]) {
    const response = await test.owner.object("GET", "a", { headers: { range } });
    assertEquals(response.headers.get("content-range"), "bytes */10");
    assertEquals([response.status, await codeOf(response)], [416, "InvalidRange"], range);
  }
});

Deno.test("who has the beginning of what was there before gets all of what is there now, not the rest of it", async () => {
  await using test = await openStore();
  const put = await test.owner.put("a", "0123456789");
  await codeOf(put);
  const got = await test.owner.object("GET", "a");
  await codeOf(got);
  const get = async (ifRange: string) => {
    const response = await test.owner.object("GET", "a", { headers: { range: "bytes=5-", "if-range": ifRange } });
    return `${response.status} ${await response.text()}`;
  };
  for (const is of [put.headers.get("etag")!, got.headers.get("last-modified")!]) {
    assertEquals(await get(is), "206 56789");
  }
  for (const was of ['"0"', `W/${put.headers.get("etag")!}`, new Date(0).toUTCString(), "nonsense"]) {
    assertEquals(await get(was), "200 0123456789", was);
  }
});

Deno.test("conditions are checked against ETag and time", async () => {
  await using test = await openStore();
  const put = await test.owner.put("a", "x");
  const etag = put.headers.get("etag")!;
  assertEquals(await codeOf(put), "ok");
  const past = new Date(Date.now() - 60_000).toUTCString();
  const future = new Date(Date.now() + 60_000).toUTCString();
  const cases: [Record<string, string>, number][] = [
    [{ "if-match": etag }, 200],
    [{ "if-match": `"0", ${etag}` }, 200],
    [{ "if-match": "*" }, 200],
    [{ "if-match": '"0"' }, 412],
    [{ "if-none-match": '"0"' }, 200],
    [{ "if-none-match": etag }, 304],
    [{ "if-none-match": etag.toLowerCase() }, 304],
    [{ "if-modified-since": past }, 200],
    [{ "if-modified-since": future }, 304],
    [{ "if-unmodified-since": future }, 200],
    [{ "if-unmodified-since": past }, 412],
    [{ "if-unmodified-since": past, "if-match": etag }, 200],
    [{ "if-modified-since": future, "if-none-match": '"0"' }, 200],
    [{ "if-modified-since": "no date" }, 200],
  ];
  for (const [headers, status] of cases) {
    for (const method of ["GET", "HEAD"]) {
      const response = await test.owner.object(method, "a", { headers });
      await response.body?.cancel();
      assertEquals(response.status, status, `${method} ${JSON.stringify(headers)}`);
    }
  }
  const copy = (headers: Record<string, string>) =>
    test.owner.object("PUT", "b", { headers: { "x-oss-copy-source": `/${BUCKET}/a`, ...headers } });
  assertEquals((await copy({ "x-oss-copy-source-if-none-match": etag })).status, 304);
  assertEquals(await codeOf(copy({ "x-oss-copy-source-if-match": '"0"' })), "PreconditionFailed");
  assertEquals(await codeOf(copy({ "x-oss-copy-source-if-match": etag })), "ok");
});

Deno.test("a copy keeps or replaces the headers, and outlives its source", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a +%", "content", { "x-oss-meta-a": "1" }));
  const source = { "x-oss-copy-source": `/${BUCKET}/a%20%2B%25` };
  assertEquals(await codeOf(test.owner.object("PUT", "b", { headers: source })), "ok");
  const replaced = { ...source, "x-oss-metadata-directive": "REPLACE", "x-oss-meta-b": "2" };
  assertEquals(await codeOf(test.owner.object("PUT", "a +%", { headers: replaced })), "ok");
  assertEquals(await codeOf(test.owner.object("DELETE", "a +%")), "ok");
  await test.reopen();
  const copy = await test.owner.object("GET", "b");
  assertEquals([copy.headers.get("x-oss-meta-a"), await copy.text()], ["1", "content"]);
  for (const wrong of ["", "/", `/${BUCKET}`, `/${BUCKET}/`, "/%"]) {
    const headers = { "x-oss-copy-source": wrong };
    assert(/^Invalid(Argument|URI)$/.test(await codeOf(test.owner.object("PUT", "b", { headers }))), wrong);
  }
});

Deno.test("an object grows by appending", async () => {
  await using test = await openStore();
  const append = (position: string, body: string) =>
    test.owner.object("POST", "log", { subresources: { append: "", position }, body });
  const [one, two] = ["one ", "two"];
  const first = await append("0", one);
  assertEquals(first.headers.get("x-oss-next-append-position"), "4");
  assertEquals(await codeOf(first), "ok");
  const second = await append("4", two);
  assertEquals(await codeOf(second), "ok");
  assertEquals(second.headers.get("x-oss-hash-crc64ecma"), crcOf(new TextEncoder().encode(one + two)));
  const late = await append("4", "late");
  assertEquals(late.headers.get("x-oss-next-append-position"), "7");
  assertEquals(await codeOf(late), "PositionNotEqualToLength");
  // Of several at one position one wins.
  const codes = await Promise.all(Array.from({ length: 8 }, (_, n) => codeOf(append("7", String(n)))));
  assertEquals(codes.filter((code) => code === "ok").length, 1);
  assertMatch(new TextDecoder().decode(await test.owner.get("log")), /^one two\d$/);
  await codeOf(test.owner.put("plain", "x"));
  const wrong = test.owner.object("POST", "plain", { subresources: { append: "", position: "1" }, body: "x" });
  assertEquals(await codeOf(wrong), "ObjectNotAppendable");
});

Deno.test("what was appended stays in order over a restart and while it is read, and goes with its object", async () => {
  await using test = await openStore();
  const pieces = Array.from({ length: 30 }, () => random(5000));
  let position = 0;
  const append = async (body: Uint8Array<ArrayBuffer>) => {
    const subresources = { append: "", position: `${position}` };
    assertEquals(await codeOf(test.owner.object("POST", "log", { subresources, body })), "ok");
    position += body.length;
  };
  for (const piece of pieces.slice(0, 20)) await append(piece);
  await test.reopen();
  const reading = await test.owner.object("GET", "log");
  for (const piece of pieces.slice(20)) await append(piece);
  const whole = await new Blob(pieces).bytes() as Uint8Array<ArrayBuffer>;
  assertEquals(await reading.bytes(), whole.slice(0, 100_000));
  assertEquals(await test.owner.get("log"), whole);
  assertEquals((await test.owner.object("HEAD", "log")).headers.get("x-oss-hash-crc64ecma"), crcOf(whole));
  assertEquals(test.store.usage(), { objects: 1, bytes: 150_000 });
  assertEquals(await codeOf(test.owner.object("DELETE", "log")), "ok");
  assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
  await test.store.close();
  assertEquals(contentFiles(test.folder), []);
});

/** The names of a store's content files. */
function contentFiles(folder: string): string[] {
  return [...Deno.readDirSync(`${folder}/content`)].flatMap(({ name }) =>
    Array.from(Deno.readDirSync(`${folder}/content/${name}`), ({ name }) => name)
  );
}

Deno.test("an object that is appended to many times consists of few pieces, whoever reads or copies it meanwhile", async () => {
  await using test = await openStore();
  const pieces = Array.from({ length: 200 }, (_, n) => random(n === 70 ? 300_000 : 100));
  let position = 0;
  const append = async (body: Uint8Array<ArrayBuffer>) => {
    const subresources = { append: "", position: `${position}` };
    assertEquals(await codeOf(test.owner.object("POST", "log", { subresources, body })), "ok");
    position += body.length;
  };
  for (const piece of pieces.slice(0, 60)) await append(piece);
  const reading = await test.owner.object("GET", "log");
  const copy = { headers: { "x-oss-copy-source": `/${BUCKET}/log` } };
  assertEquals(await codeOf(test.owner.object("PUT", "copy", copy)), "ok");
  for (const piece of pieces.slice(60)) await append(piece);
  const whole = await new Blob(pieces).bytes() as Uint8Array<ArrayBuffer>;
  assertEquals(await reading.bytes(), whole.slice(0, 6_000));
  assertEquals(await test.owner.get("copy"), whole.slice(0, 6_000));
  assertEquals(await test.owner.get("log"), whole);
  assertEquals(await codeOf(test.owner.object("DELETE", "copy")), "ok");
  await test.reopen();
  assertEquals(await test.owner.get("log"), whole);
  assertEquals(test.store.usage(), { objects: 1, bytes: whole.length });
  const files = contentFiles(test.folder).length;
  assert(files < 80, `${files} files`);
  assertEquals(await codeOf(test.owner.object("DELETE", "log")), "ok");
  await test.store.close();
  assertEquals(contentFiles(test.folder), []);
});

Deno.test("a put may forbid to overwrite, and say what its digest is", async () => {
  await using test = await openStore();
  const forbid = { "x-oss-forbid-overwrite": "true" };
  assertEquals(await codeOf(test.owner.put("a", "first", forbid)), "ok");
  assertEquals(await codeOf(test.owner.put("a", "second", forbid)), "FileAlreadyExists");
  const racing = await Promise.all(Array.from({ length: 8 }, (_, n) => codeOf(test.owner.put("b", `${n}`, forbid))));
  assertEquals(racing.filter((code) => code === "ok").length, 1);
  assertEquals(await codeOf(test.owner.put("a", "x", { "content-md5": "nonsense" })), "InvalidDigest");
  assertEquals(new TextDecoder().decode(await test.owner.get("a")), "first");
});

Deno.test("of uploads of one key at once one wins whole", async () => {
  await using test = await openStore();
  const bodies = Array.from({ length: 8 }, () => random(700_000));
  const etags = await Promise.all(bodies.map(async (body) => {
    const response = await test.owner.put("a", body);
    assertEquals(await codeOf(response), "ok");
    return response.headers.get("etag");
  }));
  const response = await test.owner.object("GET", "a");
  const won = etags.indexOf(response.headers.get("etag"));
  assertEquals(crcOf(await response.bytes()), crcOf(bodies[won]!));
  assertEquals(test.store.usage(), { objects: 1, bytes: 700_000 });
});

Deno.test("keys may be anything", async () => {
  await using test = await openStore();
  const keys = [
    "../../etc/passwd",
    "a/../b",
    "a//b",
    "a/./b",
    "con",
    "NUL.txt",
    "A",
    "a",
    "é",
    "e\u0301",
    "a b+c%2F",
    "a?b#c",
    "\u0001\u001f",
    "x".repeat(1023),
    "中".repeat(341),
    "C:\\x",
    "a\\b",
    "😀",
    "__proto__",
    "<&>\"'",
    "a\0b",
    "\ufffe",
    " ",
  ]; // deno-fmt-ignore
  for (const method of ["PUT", "GET"]) {
    for (const key of keys) {
      // With its slashes encoded, or fetch would take `..` for something.
      const path = `/${BUCKET}/${encodeURIComponent(key)}`;
      const body = method === "PUT" ? { body: key, headers: { "content-type": "a/b" } } : {};
      const response = await test.owner.object(method, key, { path, ...body });
      assertEquals([response.status, await response.text()], [200, method === "GET" ? key : ""], key);
    }
  }
  const listed = [...test.store.list()].map(({ key }) => key);
  assertEquals(new Set(listed), new Set(keys));
  for (const key of ["/x", "\\x", "x".repeat(1024), "中".repeat(342)]) {
    assertEquals(await codeOf(test.owner.put(key, "x")), "InvalidObjectName", key);
  }
  const names = [...Deno.readDirSync(`${test.folder}/content`)].map(({ name }) => name);
  assert(names.every((name) => /^[0-9a-f]{2}$/.test(name)));
});
