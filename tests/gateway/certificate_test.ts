import { assertEquals, assertLess, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { CommMsgType, CrossCommError, CrossCommServer, type CrossCommServerOptions } from "../../server.ts";
import { connect } from "node:tls";
import { captureLog } from "../support/captured_log.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub, tempFolder, type TestHub } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";
import { hasOpenssl, TestCa, type TestCertificate, UNSERVED, WEAK } from "../support/test_ca.ts";

interface TlsHub extends AsyncDisposable {
  ca: TestCa;
  hub: TestHub;
  /** The pair that it uses, which may be replaced. */
  files: TestCertificate;
}

/** A hub with a certificate. */
async function startTlsHub(options: CrossCommServerOptions = {}): Promise<TlsHub> {
  const folder = await tempFolder();
  const ca = await TestCa.create(folder.path);
  const files = await ca.issue("hub");
  const hub = await startHub({ ...options, ...files });
  return {
    ca,
    hub,
    files,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Whom the certificate is made out to that a hub shows, or why there is no connection. */
function nameOn(port: number, ca: TestCa): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, ca: ca.cert }, () => {
      const { CN } = socket.getPeerCertificate().subject;
      socket.once("close", () => resolve(CN));
      socket.end();
    });
    socket.once("error", (error) => resolve(error.message));
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasOpenssl, fn });
}

test("with a certificate the hub is at wss:// and answers at https://, to those who trust it", async () => {
  await using tls = await startTlsHub();
  const { ca, hub: { port } } = tls;
  using client = ca.client();
  await using ann = await RawClient.connect(port, "/", { scheme: "wss", client });
  assertEquals((await ann.login("ann")).content.status, "success");
  const health = await fetch(`https://127.0.0.1:${port}/healthz`, { client });
  assertEquals(await health.json(), { status: "ok", online_clients: 1 });
  await assertRejects(() => fetch(`https://127.0.0.1:${port}/healthz`), TypeError);
});

test("who speaks no TLS, or says nothing, harms nobody", async () => {
  await using tls = await startTlsHub();
  const { ca, hub: { port } } = tls;
  using _silent = await TcpClient.connect(port);
  using plain = await TcpClient.connect(port);
  await plain.write("GET / HTTP/1.1\r\nHost: hub\r\n\r\n");
  assertEquals((await plain.read().catch(() => "")).startsWith("HTTP"), false);
  assertEquals(await nameOn(port, ca), "hub");
});

test("who sends more than the hub reads has to wait over TLS, too, and does not fill its memory", async () => {
  await using tls = await startTlsHub({ maxBytesPerSecond: 1, loginTimeout: 600 });
  const { ca, hub: { port } } = tls;
  const socket = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [ca.cert] });
  const head = "GET / HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  await socket.write(new TextEncoder().encode(head));
  const frame = new Uint8Array(8 + 65_000).fill(0x20); // spaces, which are no message
  frame.set([0x81, 0x80 | 126, 65_000 >> 8, 65_000 & 0xff, 0, 0, 0, 0]);
  let sent = 0;
  const sending = (async () => {
    while (true) sent += await socket.write(frame);
  })().catch(() => {}); // until it is closed
  for (let before = -1; before < sent;) {
    before = sent;
    for (let asked = 0; asked < 20; asked++) await nameOn(port, ca); // while the hub might read more
    assertLess(sent, 32 * 1024 * 1024);
  }
  socket.close();
  await sending;
});

test("a renewed certificate is taken up while the hub runs, and connections go on", async () => {
  await using log = await captureLog();
  await using tls = await startTlsHub();
  const { ca, files, hub: { port } } = tls;
  using client = ca.client();
  await using ann = await RawClient.connect(port, "/", { scheme: "wss", client });
  await ann.login("ann");

  const renewed = await ca.issue("renewed");
  await Deno.copyFile(renewed.certFile, files.certFile); // one file after the other, with some time between
  await log.next("is not that of the certificate");
  assertEquals(await nameOn(port, ca), "hub");
  await Deno.copyFile(renewed.keyFile, files.keyFile);
  await log.next("renewed");
  assertEquals(await nameOn(port, ca), "renewed");
  assertEquals((await ann.clients()).ann, "online");
});

test("a certificate that ends while the hub runs is told of, once", async () => {
  await using log = await captureLog();
  await using tls = await startTlsHub();
  const { now } = Date;
  try {
    Date.now = () => now() + 3 * 24 * 60 * 60 * 1000;
    await log.next(`The certificate in ${tls.files.certFile} ended on`);
    const renewed = await tls.ca.issue("renewed"); // which has ended, too: it is told of anew
    await Deno.copyFile(renewed.certFile, tls.files.certFile);
    await Deno.copyFile(renewed.keyFile, tls.files.keyFile);
    await log.next("renewed");
    await log.next("ended on");
  } finally {
    Date.now = now;
  }
  assertEquals(log.lines.filter((line) => line.includes("ended on")).length, 2);
});

test("a new certificate that TLS does not take, or half of one, changes nothing", async () => {
  await using log = await captureLog();
  await using tls = await startTlsHub();
  const { ca, files, hub: { port } } = tls;
  const weak = await ca.issue("weak", WEAK);
  await Deno.copyFile(weak.keyFile, files.keyFile);
  await Deno.copyFile(weak.certFile, files.certFile);
  await log.next("have them made anew");
  assertEquals(await nameOn(port, ca), "hub");

  const renewed = await ca.issue("renewed");
  const whole = `${await Deno.readTextFile(renewed.certFile)}${ca.cert}`;
  await Deno.copyFile(renewed.keyFile, files.keyFile);
  await Deno.writeTextFile(files.certFile, whole.slice(0, -100)); // the one that it rests on is cut off
  await log.next("or is damaged");
  assertEquals(await nameOn(port, ca), "hub");
  await Deno.writeTextFile(files.certFile, whole);
  await log.next("renewed");
  assertEquals(await nameOn(port, ca), "renewed");
});

test("the hub itself sends files through its store, whoever signed its certificate", async () => {
  await using tls = await startTlsHub();
  const { ca, files, hub: { port, server } } = tls;
  using client = ca.client();
  await using ann = await RawClient.connect(port, "/", { scheme: "wss", client });
  await ann.login("ann");
  await server.sendMessage(files.certFile, CommMsgType.FILE, { toClientId: "ann" });
  assertMatch((await ann.next("file")).oss_key!, /^cross_comm\/server\//);
});

test("a certificate that is of no use is said to be at the start", async () => {
  await using folder = await tempFolder();
  const ca = await TestCa.create(folder.path);
  const [one, other] = [await ca.issue("one"), await ca.issue("other")];
  const weak = await ca.issue("weak", WEAK);
  const unserved = await ca.issue("unserved", UNSERVED);
  const missing = `${folder.path}/missing.pem`;
  const cases: [TestCertificate, string][] = [
    [{ ...one, certFile: missing }, `the certificate cannot be read from ${missing}`],
    [{ ...one, keyFile: missing }, `the key of the certificate cannot be read from ${missing}`],
    [{ ...one, keyFile: other.keyFile }, `the key in ${other.keyFile} is not that of the certificate`],
    [{ ...one, keyFile: one.certFile }, `${one.certFile} holds no private key`],
    [{ ...one, certFile: one.keyFile }, `${one.keyFile} holds no certificate`],
    [unserved, `TLS serves nobody with the kind of key that is in ${unserved.keyFile}`],
    [weak, `TLS does not take the certificate in ${weak.certFile} with the key in ${weak.keyFile}`],
  ];
  for (const [files, complaint] of cases) {
    const server = new CrossCommServer({ ip: "127.0.0.1", port: 0, clientsFile: `${folder.path}/c.yaml`, ...files });
    const error = await assertRejects(() => server.startServer(), CrossCommError);
    assertEquals(error.code, "CERTIFICATE_UNUSABLE");
    assertStringIncludes(error.message, complaint);
  }
});

Deno.test("a certificate without its key is a mistake", () => {
  for (const options of [{ certFile: "cert.pem" }, { keyFile: "key.pem" }]) {
    const error = assertThrows(() => new CrossCommServer(options), CrossCommError);
    assertEquals(error.code, "INVALID_ARGUMENT");
    assertStringIncludes(error.message, "give both");
  }
});
