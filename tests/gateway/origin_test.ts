import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { CrossCommError, CrossCommServer } from "../../server.ts";
import { isAllowedOrigin } from "../../lib/gateway/origin.ts";
import { startHub } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";

/** The answer to a WebSocket's handshake with these headers. */
async function handshake(port: number, ...headers: string[]): Promise<string> {
  using client = await TcpClient.connect(port);
  return await client.handshake(...headers);
}

Deno.test("a web page from elsewhere is refused, and told so; what is no browser is not asked", async () => {
  await using hub = await startHub();
  for (const origin of ["https://evil.example", "http://127.0.0.1:8080", "null", "rubbish"]) {
    const answer = await handshake(hub.port, `Origin: ${origin}`);
    assertMatch(answer, /^HTTP\/1.1 403 /);
    assertStringIncludes(answer, "no web pages of that origin");
  }
  assertMatch(await handshake(hub.port), /^HTTP\/1.1 101 /);
});

Deno.test("a web page from an allowed origin is let in, and from no other", async () => {
  await using hub = await startHub({ allowedOrigins: ["https://App.example", "http://localhost:8080/"] });
  for (const origin of ["https://app.example", "http://localhost:8080"]) {
    assertMatch(await handshake(hub.port, `Origin: ${origin}`), /^HTTP\/1.1 101 /);
  }
  for (const origin of ["https://app.example.evil", "http://app.example", "https://app.example:444"]) {
    assertMatch(await handshake(hub.port, `Origin: ${origin}`), /^HTTP\/1.1 403 /);
  }
});

Deno.test("the store is no way around it: a page from elsewhere gets nothing of it", async () => {
  await using hub = await startHub();
  const headers = { origin: "https://evil.example" };
  for (const path of ["/", "/bucket/key", "/healthz"]) {
    const response = await fetch(`http://127.0.0.1:${hub.port}${path}`, { headers });
    await response.body?.cancel();
    assertEquals(response.status, 403);
  }
});

const cases: [origin: string, host: string | undefined, allowed: string[], is: boolean][] = [
  ["https://evil.example", "127.0.0.1:9898", ["*"], true],
  ["null", "127.0.0.1:9898", ["null"], true],
  ["http://127.0.0.1:9898", "127.0.0.1:9898", [], true],
  ["http://localhost:9898", "LOCALHOST:9898", [], true],
  ["http://[::1]:9898", "[::1]:9898", [], true],
  ["http://127.0.0.1:9899", "127.0.0.1:9898", [], false],
  ["http://127.0.0.1", undefined, [], false],
  // A page whose author has let its name lead to this machine, since the browser loaded it.
  ["http://evil.example:9898", "evil.example:9898", [], false],
];

for (const [origin, host, allowed, is] of cases) {
  Deno.test(`a page of ${origin} at ${host} is ${is ? "let in" : "refused"} where [${allowed}] may come`, () => {
    assertEquals(isAllowedOrigin(origin, host, allowed), is);
  });
}

Deno.test("what is no origin is refused as an option", () => {
  for (const origin of ["app.example", "https://app.example/page", "https://", ""]) {
    const error = assertThrows(() => new CrossCommServer({ allowedOrigins: [origin] }), CrossCommError);
    assertEquals(error.code, "INVALID_ARGUMENT");
    assertStringIncludes(error.message, "allowedOrigins");
  }
});
