import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { HttpRequest } from "../../lib/gateway/http_exchange.ts";
import { contentFiles } from "../support/content_files.ts";
import { HttpClient } from "../support/http_client.ts";
import { Inbox, inTime, until } from "../support/inbox.ts";
import { lentSigner } from "../support/lent_signer.ts";
import { RawClient } from "../support/raw_client.ts";
import { startGateway } from "../support/start_gateway.ts";
import { startHub } from "../support/start_hub.ts";

const MIB = 1024 * 1024;

/** Answers with what the request was. */
async function echo({ method, url, headers, body }: HttpRequest): Promise<Response> {
  return Response.json({ method, url, headers: [...headers], body: body && await new Response(body).text() });
}

/** A body without end that tells how much was taken of it, and when nobody wants more. */
function endless() {
  const cancelled = Promise.withResolvers<void>();
  const endless = { bytes: 0, cancelled: cancelled.promise, body: undefined as unknown as ReadableStream };
  endless.body = new ReadableStream({
    pull(controller) {
      endless.bytes += 65536;
      controller.enqueue(new Uint8Array(65536));
    },
    cancel: () => cancelled.resolve(),
  }, { highWaterMark: 0 });
  return endless;
}

Deno.test("a path and its parameters reach the store as they were sent", async () => {
  await using hub = await startGateway(echo);
  using client = await HttpClient.connect(hub.port);
  for (
    const path of [
      "/bucket/a/../b",
      "/bucket/./a/.",
      "//bucket//a//",
      "/bucket/a%2Fb%2f%2E%2e",
      "/bucket/%E6%96%87%zz%",
      "/bucket/a|b{c}^`d\\e",
      "/bucket/a;b=c,d",
      "/?prefix=a/../b&x=%2F&y=a+b&&=",
      "/bucket/healthz",
      "/HEALTHZ",
    ]
  ) {
    const { status, body } = await client.request(`GET ${path}`, ["Authorization: x"]);
    assertEquals([status, JSON.parse(body).url], [200, `http://hub${path}`]);
  }
});

Deno.test("an address may have the host in it, as proxies are sent it", async () => {
  await using hub = await startGateway(echo);
  using client = await HttpClient.connect(hub.port);
  const urlOf = async (address: string) =>
    JSON.parse((await client.request(`GET ${address}`, ["Authorization: x"])).body).url;
  for (const path of ["/bucket/a/../b?x=/y", "/bucket//a", "/?prefix=http://x/", "/http://x/y", "/"]) {
    assertEquals(await urlOf(`http://hub${path}`), `http://hub${path}`);
    assertEquals(await urlOf(`HTTP://hub:9898${path}`), `http://hub${path}`);
  }
  assertEquals(await urlOf("http://hub"), "http://hub/");
  assertEquals(await urlOf("http://hub?prefix=a"), "http://hub/?prefix=a");
  assertEquals((await client.request("GET http://hub/healthz")).status, 200);
  assertEquals((await client.request("GET http://hub/")).status, 426);
});

Deno.test("many requests go over one connection, one after the other and at once", async () => {
  await using hub = await startGateway(echo);
  using client = await HttpClient.connect(hub.port);
  for (let n = 0; n < 20; n++) {
    const { body } = await client.request(`PUT /b/${n}`, ["Content-Length: 3"], "abc");
    assertEquals([JSON.parse(body).url, JSON.parse(body).body], [`http://hub/b/${n}`, "abc"]);
  }
  for (let n = 0; n < 20; n++) await client.send(`GET /b/${n}`);
  for (let n = 0; n < 20; n++) assertEquals(JSON.parse((await client.answer()).body).url, `http://hub/b/${n}`);
});

Deno.test("of requests that are sent at once none begins before the one before it is answered", async () => {
  let underWay = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  await using hub = await startGateway(async ({ url }) => {
    most = Math.max(most, ++underWay);
    await gate.promise;
    underWay--;
    return new Response(url);
  });
  using client = await HttpClient.connect(hub.port);
  for (let n = 0; n < 20; n++) await client.send(`PUT /b/${n}`, ["Content-Length: 3"], "abc");
  // Whoever comes later is answered later: by then all have been read.
  using other = await HttpClient.connect(hub.port);
  for (let n = 0; n < 3; n++) assertEquals((await other.request("GET /healthz")).status, 200);
  gate.resolve();
  for (let n = 0; n < 20; n++) assertEquals((await client.answer()).body, `http://hub/b/${n}`);
  assertEquals(most, 1);
});

Deno.test("who sends request after request and waits for no answer is cut off", async () => {
  await using hub = await startGateway(() => new Promise(() => {}));
  using client = await HttpClient.connect(hub.port);
  await client.write("GET /b/a HTTP/1.1\r\nHost: hub\r\n\r\n".repeat(1000));
  const { message } = await assertRejects(() => client.more(), Error);
  assertMatch(message, /ended|reset/i);
});

Deno.test("answers without a body have none, and the next one follows", async () => {
  await using hub = await startGateway(({ method, url }) => {
    if (method === "HEAD") return new Response(null, { headers: { "content-length": "123", etag: '"E"' } });
    const status = Number(new URL(url).pathname.slice(1));
    return new Response(status === 200 ? "whole" : null, { status, headers: { etag: '"E"' } });
  });
  using client = await HttpClient.connect(hub.port);
  for (let round = 0; round < 3; round++) {
    const head = await client.request("HEAD /x");
    assertEquals([head.status, head.headers["content-length"], head.headers.etag], [200, ["123"], ['"E"']]);
    for (const status of [204, 304]) {
      const { headers, ...answer } = await client.request(`GET /${status}`);
      assertEquals([answer.status, headers.etag, headers["transfer-encoding"]], [status, ['"E"'], undefined]);
    }
    assertEquals((await client.request("GET /200")).body, "whole");
  }
});

Deno.test("headers pass both ways with all their values", async () => {
  await using hub = await startGateway((request) => {
    const answer = new Response(request.headers.get("x-oss-meta-a"));
    for (const value of ["a=1", "b=2", "c=3"]) answer.headers.append("set-cookie", value);
    for (let n = 0; n < 60; n++) answer.headers.set(`x-oss-meta-${n}`, `${n}\xe9`);
    return answer;
  });
  using client = await HttpClient.connect(hub.port);
  const { headers, body } = await client.request("GET /b/a", [
    "X-Oss-Meta-A: 1",
    "x-oss-meta-b: no",
    "x-OSS-meta-a: 2",
  ]);
  assertEquals(body, "1, 2");
  assertEquals(headers["set-cookie"], ["a=1", "b=2", "c=3"]);
  assertEquals(Object.keys(headers).filter((name) => name.startsWith("x-oss-meta-")).length, 60);
});

Deno.test("a body arrives whole, be its length known or not", async () => {
  await using hub = await startGateway(echo);
  using client = await HttpClient.connect(hub.port);
  const bodyOf = async (headers: string[], body: string) =>
    JSON.parse((await client.request("PUT /b/a", headers, body)).body).body;

  assertEquals(
    await bodyOf(["Transfer-Encoding: chunked"], "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nTrailer: x\r\n\r\n"),
    "abcd",
  );
  assertEquals(await bodyOf(["Transfer-Encoding: chunked"], "0\r\n\r\n"), "");
  assertEquals(await bodyOf(["Content-Length: 0"], ""), "");
  assertEquals(await bodyOf([], ""), "");
  const long = "x".repeat(3 * MIB);
  assertEquals(await bodyOf([`Content-Length: ${long.length}`], long), long);
  assertEquals(
    await bodyOf(["Transfer-Encoding: chunked"], `${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`),
    long,
  );
});

Deno.test("who asks first whether to send a body is told to, and who offers HTTP/2 with one is answered", async () => {
  await using hub = await startGateway(echo);
  using client = await HttpClient.connect(hub.port);
  await client.send("PUT /b/a", ["Content-Length: 3", "Expect: 100-continue"]);
  assertEquals((await client.answer()).status, 100);
  await client.write("abc");
  assertEquals(JSON.parse((await client.answer()).body).body, "abc");

  const offer = [
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAA",
  ];
  const long = "x".repeat(3 * MIB);
  await client.send("PUT /b/a", [`Content-Length: ${long.length + 3}`, ...offer], "abc");
  await client.write(long);
  assertEquals(JSON.parse((await client.answer()).body).body, `abc${long}`);
});

Deno.test("a refusal in the middle of a body reaches its sender", async () => {
  await using hub = await startGateway(async ({ body }) => {
    const reader = body!.getReader();
    await reader.read();
    await reader.cancel();
    return new Response("too much", { status: 400 });
  });
  for (const length of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
    using client = await HttpClient.connect(hub.port);
    const { status, body } = await client.request("PUT /b/a", [length], "3\r\nabc\r\n");
    assertEquals([status, body], [400, "too much"]);
  }
});

for (
  const [how, refuse] of [
    ["unread", () => {}],
    ["at once", (body: ReadableStream) => body.cancel()],
    ["in the middle", async (body: ReadableStream) => {
      const reader = body.getReader();
      await reader.read();
      await reader.cancel();
    }],
  ] as const
) {
  Deno.test(`a large body that is refused ${how} does not stand in the way of the next request`, async () => {
    await using hub = await startGateway(async ({ body }) => {
      if (body === null) return new Response("next");
      await refuse(body);
      return new Response("too much", { status: 400 });
    });
    using client = await HttpClient.connect(hub.port);
    const sending = client.send("PUT /b/a", [`Content-Length: ${5 * MIB}`], "x".repeat(5 * MIB));
    assertEquals((await client.answer()).status, 400);
    await sending;
    assertEquals((await client.request("GET /b/a")).body, "next");
  });
}

Deno.test("one who does not go on with a body that was refused is shown out", async () => {
  await using hub = await startGateway(() => new Response("too much", { status: 400 }));
  using client = await HttpClient.connect(hub.port);
  await client.send("PUT /b/a", [`Content-Length: ${5 * MIB}`], "x");
  assertEquals((await client.answer()).status, 400);
  await assertRejects(() => client.more(), Error, "the connection has ended");
});

Deno.test("a slow reader of a large answer gets no more than the system holds, and disturbs no messages", async () => {
  const answer = endless();
  await using hub = await startGateway(() => new Response(answer.body));
  using client = await HttpClient.connect(hub.port);
  await client.send("GET /b/large");
  await client.more(); // it has begun, and from now on nobody reads
  await using ann = await RawClient.login(hub.port, "ann");
  await using bob = await RawClient.login(hub.port, "bob");
  for (let n = 0; n < 2000; n++) {
    ann.sendFrame({ to_client_id: "bob", content: n });
    assertEquals((await bob.next("text")).content, n);
  }
  // The sockets' buffers on both sides, and what is in hand.
  assert(answer.bytes < 32 * MIB, `${answer.bytes} bytes were taken`);
  const before = answer.bytes;
  while (answer.bytes < before + 16 * MIB) await client.more();
});

Deno.test("an answer that nobody wants any more is not read on", async () => {
  for (const reads of [0, 1, 20]) {
    const answer = endless();
    await using hub = await startGateway(() => new Response(answer.body));
    {
      using client = await HttpClient.connect(hub.port);
      await client.send("GET /b/large");
      await until(() => answer.bytes > 0, "the answer begins");
      for (let n = 0; n < reads; n++) await client.more();
    }
    await inTime(answer.cancelled, "the answer is given up");
  }
});

Deno.test("an answer to one who has gone meanwhile is given up", async () => {
  const [asked, gate, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), endless()];
  await using hub = await startGateway(async () => {
    asked.resolve();
    await gate.promise;
    return new Response(answer.body);
  });
  {
    using client = await HttpClient.connect(hub.port);
    await client.send("GET /b/large");
    await asked.promise;
  }
  // Whoever comes later is answered later: by then the hub knows that the first has gone.
  using other = await HttpClient.connect(hub.port);
  for (let n = 0; n < 3; n++) assertEquals((await other.request("GET /healthz")).status, 200);
  gate.resolve();
  await inTime(answer.cancelled, "the answer is given up");
});

Deno.test("a body whose sender vanishes ends in an error", async () => {
  const errors = new Inbox<unknown>();
  await using hub = await startGateway(async ({ body }) => {
    const reader = body!.getReader();
    await reader.read();
    errors.push("begun");
    await reader.read().then(({ done }) => errors.push(done ? "end" : "more"), () => errors.push("error"));
    return new Response();
  });
  for (const length of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
    {
      using client = await HttpClient.connect(hub.port);
      await client.send("PUT /b/a", [length], "3\r\nabc\r\n");
      assertEquals(await errors.next(), "begun");
    }
    assertEquals(await errors.next(), "error");
  }
});

Deno.test("an answer that fails in the middle breaks off, and cannot be taken for a whole one", async () => {
  await using hub = await startGateway(() => {
    let chunks = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (chunks++ === 3) throw new Error("the disk");
          controller.enqueue(new Uint8Array(10));
        },
      }),
    );
  });
  using client = await HttpClient.connect(hub.port);
  await assertRejects(() => client.request("GET /b/a"));
  using other = await HttpClient.connect(hub.port);
  assertEquals((await other.request("GET /healthz")).status, 200);
});

Deno.test("an answer whose headers cannot be sent harms nobody but the one who asked", async () => {
  const answer = endless();
  await using hub = await startGateway(() => new Response(answer.body, { headers: { "content-type": "a\x01b" } }));
  using client = await HttpClient.connect(hub.port);
  await assertRejects(() => client.request("GET /b/a"), Error, "has ended");
  await inTime(answer.cancelled, "the answer is given up");
  using other = await HttpClient.connect(hub.port);
  assertEquals((await other.request("GET /healthz")).status, 200);
});

Deno.test("a sender or reader who vanishes leaves no half object in the store, and no open file", async () => {
  await using hub = await startHub({ minFreeBytes: 0 });
  await using ann = await RawClient.connect(hub.port);
  const signer = await lentSigner(hub.port, ann);
  const headOf = (method: string, key: string) => {
    const { url, init } = signer.prepare({ method, path: `/crosscomm/cross_comm/ann/${key}` });
    const headers = Object.entries(init.headers as Record<string, string>).map(([name, value]) => `${name}: ${value}`);
    return [`${method} ${new URL(url).pathname}`, headers] as const;
  };
  {
    using client = await HttpClient.connect(hub.port);
    const [head, headers] = headOf("PUT", "half");
    await client.send(head, [...headers, `Content-Length: ${MIB}`], "x".repeat(MIB / 2));
    await until(() => contentFiles(hub) === 1, "the upload begins");
  }
  await until(() => contentFiles(hub) === 0, "what arrived is removed");
  assertEquals((await signer.object("HEAD", "cross_comm/ann/half")).status, 404);

  await (await signer.put("cross_comm/ann/large", new Uint8Array(64 * MIB))).body?.cancel();
  {
    using client = await HttpClient.connect(hub.port);
    await client.send(...headOf("GET", "large"));
    await client.more();
  }
  assertEquals((await signer.object("DELETE", "cross_comm/ann/large")).status, 204);
  await until(() => contentFiles(hub) === 0, "its content is removed");
});
