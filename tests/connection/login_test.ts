import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { CrossCommClient, CrossCommError, type LoginOptions } from "../../client.ts";
import { fakeHub, likePython } from "../support/fake_hub.ts";
import { startHub } from "../support/start_hub.ts";

/** How a login at this address fails. */
async function failure(address: { port?: number; url?: string; clientId?: string }, options?: LoginOptions) {
  await using client = new CrossCommClient(address);
  const error = await assertRejects(() => client.login(options), CrossCommError);
  assertEquals(client.isConnected, false);
  return error;
}

/** A server of bare TCP, which does this with each connection. */
function tcpServer(handle: (connection: Deno.TcpConn) => void): Disposable & { port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.TcpConn[] = [];
  (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      handle(connection);
    }
  })();
  return {
    port: listener.addr.port,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // it has been closed before
        }
      }
    },
  };
}

Deno.test("a port where nothing listens: CONNECTION_REFUSED", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();

  const error = await failure({ port });
  assertEquals(error.code, "CONNECTION_REFUSED");
  assertStringIncludes(error.message, `nothing listens at ws://127.0.0.1:${port}: start the hub`);
  assertInstanceOf(error.cause, Error);
});

Deno.test("a name that nobody has: UNREACHABLE", async () => {
  const error = await failure({ url: "ws://no-such-hub.invalid:9898" });
  assertEquals(error.code, "UNREACHABLE");
  assertStringIncludes(error.message, "ws://no-such-hub.invalid:9898 cannot be reached");
});

Deno.test("a server that accepts and says nothing: TIMEOUT", async () => {
  using server = tcpServer(() => {});
  const error = await failure({ port: server.port }, { timeout: 0.1 });
  assertEquals(error.code, "TIMEOUT");
  assertStringIncludes(error.message, "has not let this client in within 0.1 s");
});

Deno.test("a WebSocket server that never answers the login: TIMEOUT", async () => {
  await using hub = fakeHub(() => {});
  assertEquals((await failure({ port: hub.port }, { timeout: 0.1 })).code, "TIMEOUT");
});

Deno.test("a plain web server: WRONG_PROTOCOL", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("a web page"));
  const error = await failure({ port: server.addr.port });
  assertEquals(error.code, "WRONG_PROTOCOL");
  assertStringIncludes(error.message, "answers, but is no hub");
});

Deno.test("a server that hangs up: WRONG_PROTOCOL", async () => {
  using server = tcpServer((connection) => connection.close());
  const error = await failure({ port: server.port });
  assertEquals(error.code, "WRONG_PROTOCOL");
  assertStringIncludes(error.message, "accepts connections, but is no hub");
});

Deno.test("a WebSocket server that is no hub: WRONG_PROTOCOL", async () => {
  for (const nonsense of ["hello", "{}", "", '{"type": "welcome"}', "echo"]) {
    await using server = fakeHub(({ text }, { sendText }) => sendText(nonsense === "echo" ? text : nonsense));
    const error = await failure({ port: server.port });
    assertEquals(error.code, "WRONG_PROTOCOL", nonsense);
    assertStringIncludes(error.message, "is a WebSocket server, but no hub");
  }
});

Deno.test("a hub that hangs up on the login: CONNECTION_LOST, or LOGIN_REFUSED where it says not to come back", async () => {
  const ends: [closeCode: number, code: string][] = [[4000, "CONNECTION_LOST"], [4100, "LOGIN_REFUSED"]];
  for (const [closeCode, code] of ends) {
    await using hub = fakeHub((_frame, { close }) => close(closeCode));
    const error = await failure({ port: hub.port });
    assertEquals(error.code, code);
    assertStringIncludes(error.message, String(closeCode));
  }
});

Deno.test("an id that the hub refuses: LOGIN_REFUSED, with the hub's reason", async () => {
  await using hub = await startHub();
  const refusals: [clientId: string, reason: string][] = [
    ["server", "the id server has a meaning of its own"],
    ["all", "the id all has a meaning of its own"],
    ["a\nb", "control character"],
    ["x".repeat(257), "1 to 256 characters"],
  ];
  for (const [clientId, reason] of refusals) {
    const error = await failure({ port: hub.port, clientId });
    assertEquals(error.code, "LOGIN_REFUSED");
    assertStringIncludes(error.message, reason);
  }
  assertEquals(hub.server.getOnlineClients(), []);
});

Deno.test("a hub that refuses in its own words: LOGIN_REFUSED, with those", async () => {
  await using hub = fakeHub((_frame, { send }) => send({ msg_type: "login_response", content: { status: "full" } }));
  const error = await failure({ port: hub.port });
  assertEquals(error.code, "LOGIN_REFUSED");
  assertStringIncludes(error.message, '{"status":"full"}');
});

Deno.test("a signal that has fired, or fires, gives up the login: ABORTED, with its reason as the cause", async () => {
  await using hub = fakeHub(() => {});
  const early = await failure({ port: hub.port }, { signal: AbortSignal.abort("no time") });
  assertEquals([early.code, early.cause], ["ABORTED", "no time"]);

  const abort = new AbortController();
  const login = failure({ port: hub.port }, { signal: abort.signal });
  await hub.inbox.next(({ msg_type }) => msg_type === "login");
  abort.abort("changed my mind");
  const late = await login;
  assertEquals([late.code, late.cause], ["ABORTED", "changed my mind"]);
});

Deno.test("a signal gives up a connection that does not come about", async () => {
  const abort = new AbortController();
  using server = tcpServer(() => abort.abort());
  assertEquals((await failure({ port: server.port }, { signal: abort.signal })).code, "ABORTED");
});

Deno.test("a logout gives up a login that is under way: ABORTED", async () => {
  await using hub = fakeHub(() => {});
  await using client = new CrossCommClient({ port: hub.port });
  const login = assertRejects(() => client.login(), CrossCommError);
  await hub.inbox.next(({ msg_type }) => msg_type === "login");
  await client.logout();
  assertEquals((await login).code, "ABORTED");
  assertEquals(client.isConnected, false);
});

Deno.test("a login after a logout that gave up another one is made anew", async () => {
  await using hub = await startHub();
  await using client = new CrossCommClient({ port: hub.port, clientId: "ann" });
  const first = assertRejects(() => client.login(), CrossCommError, "has logged out");
  const logout = client.logout();
  await client.login();
  await Promise.all([first, logout]);
  assert(client.isConnected);
});

Deno.test("a program that may not connect is told so: UNREACHABLE, with the way out", async () => {
  const { WebSocket } = globalThis;
  const why = new DOMException("an insecure WebSocket from a secure page", "SecurityError"); // as browsers have it
  globalThis.WebSocket = function () {
    throw why;
  } as unknown as typeof WebSocket;
  try {
    const error = await failure({ url: "ws://hub.example" });
    assertEquals([error.code, error.cause], ["UNREACHABLE", why]);
    assertStringIncludes(error.message, "wss://");
  } finally {
    globalThis.WebSocket = WebSocket;
  }
});

Deno.test("a platform that knows no online event, as Node, can log in all the same", async () => {
  await using hub = await startHub();
  const { addEventListener, removeEventListener } = globalThis;
  Object.assign(globalThis, { addEventListener: undefined, removeEventListener: undefined });
  try {
    await using client = new CrossCommClient({ port: hub.port, clientId: "ann" });
    await client.login();
    assert(client.isConnected);
  } finally {
    Object.assign(globalThis, { addEventListener, removeEventListener });
  }
});

Deno.test("after a failure a client can log in again", async () => {
  let refusals = 1;
  await using hub = fakeHub((frame, connection) => {
    if (frame.msg_type === "login" && refusals-- > 0) connection.close();
    else likePython(frame, connection);
  });
  await using client = new CrossCommClient({ port: hub.port });
  await assertRejects(() => client.login(), CrossCommError);
  await client.login();
  assert(client.isConnected);
});

Deno.test("logins at the same time are one, and a login of who is logged in does nothing", async () => {
  await using hub = fakeHub();
  await using client = new CrossCommClient({ port: hub.port });
  await Promise.all([client.login(), client.login()]);
  await client.login();
  assertEquals(hub.connections.length, 1);
});

Deno.test("a timeout that makes no sense is refused", async () => {
  for (const timeout of [0, -1, NaN, Infinity, "5" as unknown as number]) {
    const error = await failure({ port: 9 }, { timeout });
    assertEquals(error.code, "INVALID_ARGUMENT");
    assertStringIncludes(error.message, "timeout must be a number of seconds");
  }
});

Deno.test("a login, the heartbeats and the logout are in Python's words", async () => {
  await using hub = fakeHub();
  await using client = new CrossCommClient({ port: hub.port, clientId: "ann", heartbeatInterval: 0.02 });
  await client.login();
  for (const msgType of ["login", "heartbeat", "heartbeat", "heartbeat", "logout"]) {
    if (msgType === "logout") await client.logout();
    const { text, msg_id, ...frame } = await hub.inbox.next(({ msg_type }) => msg_type === msgType);
    assertEquals([frame.from_client_id, frame.to_client_id, frame.oss_key], ["ann", "server", null]);
    assert(/^ann_\d{13}_[0-9a-f]{8}$/.test(msg_id), msg_id);
    assertEquals(Object.keys(JSON.parse(text)).length, 7);
    assertEquals(typeof frame.content, "object");
  }
});

Deno.test("an address with a fragment is refused when the client is made", () => {
  assertThrows(() => new CrossCommClient({ url: "ws://127.0.0.1:9898/#hub" }), CrossCommError, "no address of a hub");
});

Deno.test("a hub that takes no more connections is not called no hub", async () => {
  await using hub = await startHub({ maxConnections: 1 });
  await using first = new CrossCommClient({ port: hub.port });
  await using second = new CrossCommClient({ port: hub.port });
  await first.login();
  const error = await assertRejects(() => second.login(), CrossCommError, "takes no more connections for now");
  assertEquals(error.code, "UNREACHABLE");
});

Deno.test("each of several logins at once has its own time and signal, and gives up for itself alone", async () => {
  const answers: (() => void)[] = [];
  await using hub = fakeHub((frame, connection) => answers.push(() => likePython(frame, connection)));
  await using client = new CrossCommClient({ port: hub.port });
  const abort = new AbortController();
  const [hasty, patient, aborting] = [
    client.login({ timeout: 0.05 }),
    client.login({ timeout: 30 }),
    client.login({ signal: abort.signal }),
  ];
  assertEquals((await assertRejects(() => hasty, CrossCommError)).code, "TIMEOUT");
  abort.abort("enough");
  const error = await assertRejects(() => aborting, CrossCommError);
  assertEquals([error.code, error.cause], ["ABORTED", "enough"]);
  assertEquals(client.isConnected, false);
  answers.shift()!();
  await patient;
  assert(client.isConnected);
  assertEquals(hub.connections.length, 1);
});

Deno.test("a login that everybody has given up has ended, and the next one is made anew", async () => {
  await using hub = fakeHub((frame, connection) => {
    if (hub.connections.length > 1) likePython(frame, connection);
  });
  await using client = new CrossCommClient({ port: hub.port });
  const abort = new AbortController();
  const givenUp = [client.login({ timeout: 0.05 }), client.login({ signal: abort.signal })];
  const [first, second] = givenUp.map((login) => assertRejects(() => login, CrossCommError));
  assertEquals((await first!).code, "TIMEOUT");
  await hub.inbox.next();
  abort.abort();
  assertEquals((await second!).code, "ABORTED");
  await client.login();
  assert(client.isConnected);
  assertEquals(hub.connections.length, 2);
});
