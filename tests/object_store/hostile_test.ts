import { assertEquals, assertMatch } from "@std/assert";
import { HttpClient } from "../support/http_client.ts";
import { until } from "../support/inbox.ts";
import { codeOf } from "./answers.ts";
import { openStore, type TestStore } from "./open_store.ts";
import { BUCKET } from "./signer.ts";

/** Sends bytes as they are, and maybe says that they are all; returns what comes back. */
async function raw(test: TestStore, text: string, end = false): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: test.port });
  await connection.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  if (end) await connection.closeWrite();
  return await new Response(connection.readable).text();
}

/** The head of a signed request, without its last empty line. */
function head(test: TestStore, method: string, path: string): string {
  const { init } = test.owner.prepare({ method, path });
  const headers = Object.entries(init.headers!).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}connection: close\r\n`;
}

async function contentFiles(test: TestStore): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(`${test.folder}/content`)) {
    for await (const _ of Deno.readDir(`${test.folder}/content/${name}`)) count++;
  }
  return count;
}

Deno.test("a body that ends early leaves nothing", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "before"));
  const path = `/${BUCKET}/a`;
  const endings = [
    "content-length: 100\r\n\r\nshort",
    `content-length: 10000000\r\n\r\n${"x".repeat(3_000_000)}`,
    "transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n",
    "transfer-encoding: chunked\r\n\r\n5\r\nshort\r\nnonsense\r\n",
  ];
  for (const ending of endings) await raw(test, head(test, "PUT", path) + ending, true);
  assertEquals(new TextDecoder().decode(await test.owner.get("a")), "before");
  await test.store.close(); // waits for what is still being cleared away
  assertEquals(await contentFiles(test), 1);
});

Deno.test("a sender that is silent in the middle of a body is given up, and one that is slow is not", async () => {
  await using test = await openStore({ maxSilence: 1 });
  const path = `/${BUCKET}/a`;
  const length = 24;
  for (const framing of [`content-length: ${length}`, "transfer-encoding: chunked"]) {
    const body = framing.startsWith("content") ? "half of it" : "a\r\nhalf of it\r\n";
    using client = await HttpClient.connect(test.port);
    await client.write(`${head(test, "PUT", path)}${framing}\r\n\r\n${body}`);
    assertMatch((await client.answer()).body, /<Code>RequestTimeout</);
    assertEquals(await contentFiles(test), 0);
  }
  const slow = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.enqueue(new Uint8Array(1));
    },
  }).pipeThrough(firstBytes(length));
  assertEquals(await codeOf(test.owner.put("a", slow)), "ok");
  assertEquals((await test.owner.get("a")).length, length);
});

Deno.test("a sender that waits for a slow disk is not silent", async () => {
  await using test = await openStore({ maxSilence: 0.01 });
  const MIB = 1024 * 1024;
  const { url, init } = test.owner.prepare({ method: "PUT", path: `/${BUCKET}/a` });
  const headers = new Headers(init.headers);
  headers.set("content-length", String(3 * MIB));
  const pieces = Array.from({ length: 6 }, () => new Uint8Array(MIB / 2)); // all of them are there at once
  const { write } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.write = async function (bytes) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return await write.call(this, bytes);
  };
  try {
    const body = ReadableStream.from(pieces);
    const answer = await test.store.handle({ method: "PUT", url, headers, body });
    assertEquals([answer.status, await answer.text()], [200, ""]);
  } finally {
    Deno.FsFile.prototype.write = write;
  }
  assertEquals((await test.owner.get("a")).length, 3 * MIB);
});

/** Passes on so many bytes, one at a time. */
function firstBytes(count: number): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      if (--count === 0) controller.terminate();
    },
  });
}

Deno.test("addresses that make no sense are refused", async () => {
  await using test = await openStore();
  for (
    const path of [
      "/%",
      "/%zz",
      "/%ff",
      `/${BUCKET}/%c0%af`,
      `/${BUCKET}/\xff`,
      `/${BUCKET}/x?a=%ff`,
      `/${BUCKET}/x?acl&acl`,
    ]
  ) {
    assertMatch(await raw(test, `${head(test, "GET", path)}\r\n`), /^HTTP\/1.1 400 .*|SignatureDoesNotMatch/, path);
  }
  assertMatch(await raw(test, `${head(test, "GET", "//x")}\r\n`), /^HTTP\/1.1 403/);
  for (const method of ["PATCH", "OPTIONS", "POST"]) {
    assertEquals(await codeOf(test.owner.object(method, "a")), "MethodNotAllowed");
  }
  for (const action of ["tagging", "symlink", "versionId", "x-oss-process"]) {
    assertEquals(await codeOf(test.owner.object("GET", "a", { subresources: { [action]: "x" } })), "NotImplemented");
    assertEquals(await codeOf(test.owner.object("PUT", "a", { subresources: { [action]: "x" } })), "NotImplemented");
  }
  assertEquals(
    await codeOf(test.owner.object("PUT", "a", { subresources: { partNumber: "1" }, body: "x" })),
    "InvalidArgument",
  );
  assertEquals(test.store.usage().objects, 0);
});

Deno.test("XML that makes no sense, or is a trap, is refused", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "x"));
  const bodies = [
    "",
    "x",
    "<Delete>",
    "<Delete></Object></Delete>",
    "<Delete></Delete>",
    "<Delete><Object></Object></Delete>",
    "<Other><Object><Key>a</Key></Object></Other>",
    "<Delete><Object><Key>&unknown;</Key></Object></Delete>",
    "<Delete><Object><Key>&#x110000;</Key></Object></Delete>",
    "<Delete><Object><Key>&#xD800;</Key></Object></Delete>",
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&a;</Key></Object></Delete>',
    "<a>".repeat(100),
    `<Delete>${"<Object><Key>b</Key></Object>".repeat(1001)}</Delete>`,
    `<${" ".repeat(50_000)}`,
    `<a ${"x".repeat(50_000)}`,
  ];
  for (const body of bodies) {
    const query = { "encoding-type": "url" };
    const request = { method: "POST", path: `/${BUCKET}/`, query, subresources: { delete: "" }, body };
    assertEquals(await codeOf(test.owner.send(request)), "MalformedXML", body.slice(0, 60));
  }
  const large = { method: "POST", path: `/${BUCKET}/`, subresources: { delete: "" }, body: " ".repeat(3_000_000) };
  assertEquals(await codeOf(test.owner.send(large)), "EntityTooLarge");
  const body = '<?xml version="1.0"?><!-- x --><o:Delete xmlns:o="x"><Quiet>true</Quiet><Object a="b>">\n' +
    "<Key>&#97;</Key><VersionId/></Object><Object><Key><![CDATA[<b>&]]></Key></Object></o:Delete>";
  assertEquals(await codeOf(test.owner.send({ ...large, body })), "ok");
  assertEquals(test.store.usage().objects, 0);
});

Deno.test("a store that closes gives up what is arriving", async () => {
  await using test = await openStore();
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: test.port });
  const request = `${head(test, "PUT", `/${BUCKET}/a`)}content-length: 100\r\n\r\nand no more`;
  await connection.write(new TextEncoder().encode(request));
  await until(async () => await contentFiles(test) === 1, "the body arrives");
  await test.store.close();
  const answer = new Uint8Array(4096);
  const length = await connection.read(answer);
  assertMatch(new TextDecoder().decode(answer.subarray(0, length!)), /^HTTP\/1.1 503 /);
  assertEquals(await contentFiles(test), 0);
  assertEquals(await codeOf(test.owner.object("GET", "a")), "ServiceUnavailable");
});

Deno.test("files and folders are their owner's alone", async () => {
  await using test = await openStore();
  await codeOf(test.owner.put("a", "x"));
  const walk = (path: string) => {
    const { mode, isDirectory } = Deno.lstatSync(path);
    if (Deno.build.os !== "windows") assertEquals(mode! & 0o777, isDirectory ? 0o700 : 0o600, path);
    if (isDirectory) { for (const { name } of Deno.readDirSync(path)) walk(`${path}/${name}`); }
  };
  walk(test.folder);
});
