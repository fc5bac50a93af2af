import { dirname } from "node:path";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type CrossCommServerOptions, TokenFile } from "../server.ts";
import { captureLog } from "./support/captured_log.ts";
import { RawClient, type RawOptions } from "./support/raw_client.ts";
import { startHub, tempFolder, type TestHub } from "./support/start_hub.ts";

interface GuardedHub extends AsyncDisposable {
  hub: TestHub;
  tokens: TokenFile;
}

/** A hub that asks for tokens, of which there are none yet. */
async function startGuardedHub(options: CrossCommServerOptions = {}): Promise<GuardedHub> {
  const folder = await tempFolder();
  const tokensFile = `${folder.path}/tokens.json`;
  const hub = await startHub({ requireTokens: true, ...options, tokensFile });
  return {
    hub,
    tokens: new TokenFile(tokensFile),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Tries to log in, and resolves to the answer and to how the connection ended if it did. */
async function tryLogin(port: number, id: string, content: unknown, options: RawOptions = {}) {
  const client = await RawClient.connect(port, "/", options);
  const answer = (await client.login(id, content)).content;
  if (answer.status === "success") {
    await client.close();
    return { answer };
  }
  return { answer, closed: answer.code === "not_authorised" ? await client.closed : await client.close() };
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

Deno.test("a token in the login, as Bearer, or as the password of an address lets in; no other does", async () => {
  await using test = await startGuardedHub();
  const { hub: { port, server }, tokens } = test;
  const { token } = await tokens.create();
  assertEquals(server.asksForTokens, true);
  for (
    const [content, options] of [[{ token }, {}], [{}, bearer(token)], [{}, { user: `anyone:${token}` }]] as const
  ) {
    assertEquals((await tryLogin(port, "ann", content, options)).answer.status, "success");
  }
  const wrong = token.slice(0, -1) + (token.endsWith("A") ? "B" : "A");
  for (
    const [content, options] of [[{}, {}], [{ token: wrong }, {}], [{}, bearer(wrong)], [{}, {
      headers: { authorization: "OSS key:signature" },
    }]] as const
  ) {
    const { answer, closed } = await tryLogin(port, "ann", content, options);
    assertEquals([answer.status, answer.code], ["error", "not_authorised"]);
    assertEquals(closed, { code: 4100, reason: "not authorised" });
  }
});

Deno.test("a token lets in the ids that it is for, and under none of them as somebody else", async () => {
  await using log = await captureLog();
  await using test = await startGuardedHub();
  const { hub: { port }, tokens } = test;
  const { token } = await tokens.create({ clients: "sensor-*" });
  const refused = await tryLogin(port, "ann", { token });
  assertEquals(refused.answer.code, "not_authorised");
  await using sensor = await RawClient.login(port, "sensor-1", { token });
  sensor.sendFrame({ from_client_id: "ann", to_client_id: "all", content: "from ann, or is it?" });
  await log.next("sensor-1", 'it says that it is from "ann"');
});

Deno.test("a name that is logged in is not taken over with another's token, while its owner's new login replaces it", async () => {
  await using test = await startGuardedHub();
  const { hub: { port }, tokens } = test;
  const [owner, stranger] = [await tokens.create(), await tokens.create()];
  const first = await RawClient.login(port, "ann", { token: owner.token });

  await using intruder = await RawClient.connect(port);
  assertEquals((await intruder.login("ann", { token: stranger.token })).content.code, "id_in_use");
  assertEquals((await first.clients()).ann, "online");
  intruder.sendFrame({ to_client_id: "all", content: "I am ann" }); // which it is not
  await using second = await RawClient.login(port, "ann", { token: owner.token });
  assertEquals((await first.closed).code, 4101);
  assertEquals((await second.clients()).ann, "online");
  await first.inbox.next((frame) => frame.msg_type === "text").then(
    () => Promise.reject(new Error("the intruder was heard")),
    () => {},
  );
});

Deno.test("a session is not resumed by one who has its secret and no token, nor with another's", async () => {
  await using test = await startGuardedHub();
  const { hub: { port }, tokens } = test;
  const [owner, stranger] = [await tokens.create(), await tokens.create()];
  const ann = await RawClient.connect(port);
  const { session } = (await ann.login("ann", { protocol: 2, token: owner.token })).content;
  assertMatch(session, /./);
  await ann.close(); // without a logout: it may be resumed

  const resume = { protocol: 2, resume: { session, received: 0 } };
  assertEquals((await tryLogin(port, "ann", resume)).answer.code, "not_authorised");
  assertEquals((await tryLogin(port, "ann", { ...resume, token: stranger.token })).answer.code, "id_in_use");
  await using back = await RawClient.connect(port);
  assertEquals((await back.login("ann", { ...resume, token: owner.token })).content.resumed, true);
});

Deno.test("who is logged in with a token that is revoked is disconnected, and a replay of the login is refused", async () => {
  await using test = await startGuardedHub();
  const { hub: { port, server }, tokens } = test;
  const [kept, revoked] = [await tokens.create(), await tokens.create()];
  await using ann = await RawClient.login(port, "ann", { token: kept.token });
  const bob = await RawClient.login(port, "bob", { token: revoked.token });
  const carol = await RawClient.connect(port);
  await carol.login("carol", { protocol: 2, token: revoked.token });

  await tokens.revoke(revoked.id);
  for (const client of [bob, carol]) {
    assertEquals(await client.closed, { code: 4100, reason: "the token is not valid any more" });
  }
  assertEquals(server.getOnlineClients(), ["ann"]);
  for (const [content, options] of [[{ token: revoked.token }, {}], [{}, bearer(revoked.token)]] as const) {
    assertEquals((await tryLogin(port, "bob", content, options)).answer.code, "not_authorised");
  }
  assertEquals((await ann.clients()).ann, "online");
});

Deno.test("where the tokens file comes while the hub runs, those without a token are disconnected", async () => {
  await using test = await startGuardedHub({ requireTokens: false });
  const { hub: { port }, tokens } = test;
  const ann = await RawClient.login(port, "ann");
  const { token } = await tokens.create();
  assertEquals((await ann.closed).code, 4100);
  assertEquals((await tryLogin(port, "ann", { token })).answer.status, "success");
});

Deno.test("guessing ends with 4103 and is logged no further, and who has a right token is let in from there all the same", async () => {
  await using log = await captureLog();
  await using test = await startGuardedHub();
  const { hub: { port }, tokens } = test;
  const { id, token } = await tokens.create();
  const codes: number[] = [];
  for (let i = 0; i < 14; i++) {
    const guess = `cct_${id}_${String(i).padStart(43, "x")}`;
    codes.push((await tryLogin(port, "ann", { token: guess })).closed!.code);
  }
  assertEquals(codes, [...Array(9).fill(4100), ...Array(5).fill(4103)]);
  await log.next("one too many");
  assertEquals((await tryLogin(port, "ann", { token })).answer.status, "success");
  assertEquals(log.lines.filter((line) => line.includes("refused a login")).length, 10);
});

Deno.test("no secret is in the log, whoever offers it and however", async () => {
  await using log = await captureLog();
  await using test = await startGuardedHub();
  const { hub: { port, clientsFile }, tokens } = test;
  const { id, token } = await tokens.create();
  const stolen = `cct_${id}_${"s".repeat(43)}`;
  await tryLogin(port, "ann", { token });
  await tryLogin(port, "ann", {}, bearer(stolen));
  await tryLogin(port, "ann", {}, { user: `ann:${stolen}` });
  await tryLogin(port, "ann", { token: `${stolen}\n` });
  await using strange = await RawClient.connect(port);
  strange.send(JSON.stringify({ msg_type: "login", content: { token } })); // no frame, and it has a secret
  strange.send(`{"token": "${token}`);
  await strange.login("all", { token });
  const signed = await fetch(`http://127.0.0.1:${port}/bucket/key`, { headers: { authorization: `OSS x:${token}` } });
  await signed.body?.cancel();
  const { owner } = JSON.parse(await Deno.readTextFile(`${dirname(clientsFile)}/cross_comm_store/credentials.json`));
  const text = log.lines.join("\n");
  assertStringIncludes(text, "ann has logged in");
  for (const secret of [token.slice(-43), "s".repeat(20), btoa(`ann:${stolen}`).slice(0, 20), owner.accessKeySecret]) {
    assertEquals(text.includes(secret), false);
  }
});

Deno.test({
  name: "what the hub keeps can be read by its owner alone",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using test = await startGuardedHub();
    const { hub, tokens } = test;
    const { token } = await tokens.create();
    await tryLogin(hub.port, "ann", { token });
    await hub.server.stop();
    const folder = hub.clientsFile.replace(/\/[^/]*$/, "");
    const open: string[] = [];
    for (const path of [tokens.path, ...files(folder)]) {
      const { mode } = await Deno.stat(path);
      if ((mode! & 0o077) !== 0) open.push(`${path.slice(folder.length)} ${(mode! & 0o777).toString(8)}`);
    }
    assertEquals(open, []);
  },
});

/** The files in a folder that lie in folders which others may enter. */
function files(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isFile }) => {
    const path = `${folder}/${name}`;
    if (isFile) return [path];
    return (Deno.statSync(path).mode! & 0o011) === 0 ? [] : files(path);
  });
}
