import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { clientFrame } from "../support/client_frame.ts";
import { startHub } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";

const CLOSE = 0x88;
const code = (code: number) => [code >> 8, code & 0xff];

Deno.test("the handshake is answered as RFC 6455 has it, with the first of the protocols that are offered", async () => {
  await using hub = await startHub({ storeFolder: false });
  using plain = await TcpClient.connect(hub.port);
  const answer = await plain.handshake();
  assertStringIncludes(answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
  assertEquals(answer.includes("Protocol:"), false);

  using choosy = await TcpClient.connect(hub.port);
  assertStringIncludes(
    await choosy.handshake("Sec-WebSocket-Protocol: chat, more"),
    "\r\nSec-WebSocket-Protocol: chat\r\n",
  );
  using odd = await TcpClient.connect(hub.port);
  assertMatch(await odd.handshake("Sec-WebSocket-Protocol: a b"), /^HTTP\/1.1 400 /);
});

Deno.test("a handshake of another version is told which one the hub speaks", async () => {
  await using hub = await startHub({ storeFolder: false });
  using client = await TcpClient.connect(hub.port);
  await client.write(
    "GET / HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 7\r\n\r\n",
  );
  assertMatch(await client.read(), /^HTTP\/1.1 426 [^]*\r\nsec-websocket-version: 13\r\n/i);
  assertEquals(await client.read(), "");
});

Deno.test("a ping is answered with what it holds", async () => {
  await using hub = await startHub({ storeFolder: false });
  using client = await TcpClient.connect(hub.port);
  await client.handshake();
  await client.write(clientFrame(0x89, "still there?"));
  assertEquals(await client.readBytes(), [0x8a, 12, ...new TextEncoder().encode("still there?")]);
});

Deno.test("who sends the head of a frame alone is heard at once, for its system may hold back the rest until then", async () => {
  await using hub = await startHub({ storeFolder: false });
  using client = await TcpClient.connect(hub.port);
  await client.handshake();
  const ping = clientFrame(0x89, "still there?");
  await client.write(ping.subarray(0, 6));
  assertEquals(await client.readBytes(), [0x8a, 0]);
  await client.write(ping.subarray(6));
  assertEquals(await client.readBytes(), [0x8a, 12, ...new TextEncoder().encode("still there?")]);
});

Deno.test("a close is answered with the same code and reason, and then the connection ends", async () => {
  await using hub = await startHub({ storeFolder: false });
  for (const payload of [[], code(1000), [...code(4999), ...new TextEncoder().encode("再见")]]) {
    using client = await TcpClient.connect(hub.port);
    await client.handshake();
    await client.write(clientFrame(CLOSE, Uint8Array.from(payload)));
    assertEquals(await client.readToEnd(), [CLOSE, payload.length, ...payload]);
  }
});

Deno.test("who breaks the protocol is told the code, and the connection ends", async () => {
  await using hub = await startHub({ storeFolder: false });
  const breaches: [number, Uint8Array][] = [
    [1002, Uint8Array.of(0x81, 2, 0x68, 0x69)],
    [1007, clientFrame(0x81, Uint8Array.of(0xff))],
    [1009, Uint8Array.of(0x81, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0)],
  ];
  for (const [expected, breach] of breaches) {
    using client = await TcpClient.connect(hub.port);
    await client.handshake();
    await client.write(breach);
    assertEquals(await client.readToEnd(), [CLOSE, 2, ...code(expected)]);
  }
});
