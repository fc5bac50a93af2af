import { assertEquals, assertStringIncludes } from "@std/assert";
import { TokenFile } from "../../server.ts";
import { TokenAccess } from "../../lib/access/token_access.ts";
import { captureLog } from "../support/captured_log.ts";
import { tempFolder } from "../support/start_hub.ts";

/** A tokens file that is not there yet, in a folder that is removed in the end. */
async function tokensFile() {
  const folder = await tempFolder();
  const file = new TokenFile(`${folder.path}/tokens.json`);
  return { file, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Access by the tokens of a file. */
function opened(path: string, required = false, now?: () => number): TokenAccess {
  const access = new TokenAccess(path, required, now);
  access.start(() => {});
  return access;
}

function letsIn(access: TokenAccess, id: string, token: string | undefined): boolean {
  return "subject" in access.check(id, token);
}

Deno.test("without a tokens file everybody is let in, and all are the same owner", async () => {
  await using test = await tokensFile();
  using access = opened(test.file.path);
  assertEquals([access.required, access.check("ann", undefined)], [false, { subject: "" }]);
  assertEquals(access.check("bob", "anything"), { subject: "" });
});

Deno.test("a token lets in the ids that it is for, and its subject is the token's id", async () => {
  await using test = await tokensFile();
  const { id, token } = await test.file.create({ clients: "sensor-*" });
  using access = opened(test.file.path);
  assertEquals(access.check("sensor-1", token), { subject: id });
  assertEquals(letsIn(access, "ann", token), false);
});

Deno.test("what is not a token to the letter lets nobody in, and the refusal tells nothing of what there is", async () => {
  await using test = await tokensFile();
  const { id, token } = await test.file.create();
  using access = opened(test.file.path);
  const secret = token.slice(-43);
  const wrong = secret.replace(/./, (first) => first === "A" ? "B" : "A");
  const guesses = ["", " ", token.slice(0, -1), `${token}x`, ` ${token}`, token.toUpperCase(), secret, `cct_${id}_`];
  const answers = [...guesses, `cct_${id}_${wrong}`, `cct_0000000000_${secret}`].map((guess) =>
    JSON.stringify(access.check("ann", guess))
  );
  assertEquals(new Set(answers), new Set(['{"refused":"this token does not let \\"ann\\" in"}']));
  assertStringIncludes(JSON.stringify(access.check("ann", undefined)), "asks for a token");
});

Deno.test("a token that was made a moment ago is good, and one that was revoked is not seen as valid", async () => {
  await using test = await tokensFile();
  const first = await test.file.create();
  using access = opened(test.file.path);
  const second = await test.file.create();
  assertEquals(access.check("ann", second.token), { subject: second.id });
  assertEquals(access.isStillValid(first.id, "ann"), true);

  await test.file.revoke(first.id);
  look(access);
  assertEquals([access.isStillValid(first.id, "ann"), letsIn(access, "ann", first.token)], [false, false]);
  assertEquals(access.isStillValid(second.id, "ann"), true);
});

Deno.test("the file is looked at once a second, for those who are logged in", async () => {
  await using test = await tokensFile();
  const { id } = await test.file.create();
  using access = new TokenAccess(test.file.path, false);
  const looked = new Promise<void>((resolve) => access.start(resolve));
  assertEquals(access.isStillValid(id, "ann"), true);
  await test.file.revoke(id);
  await looked;
  assertEquals(access.isStillValid(id, "ann"), false);
});

Deno.test("a token ends at its time", async () => {
  await using test = await tokensFile();
  const { id, token } = await test.file.create({ lifetime: 0.001 });
  using access = opened(test.file.path);
  const text = await Deno.readTextFile(test.file.path);
  await Deno.writeTextFile(test.file.path, text.replace(/"expires": [\d.]+/, `"expires": ${Date.now() / 1000 - 1}`));
  look(access);
  assertEquals([letsIn(access, "ann", token), access.isStillValid(id, "ann")], [false, false]);
});

Deno.test("where the file comes while the hub runs, those without a token are no longer valid", async () => {
  await using test = await tokensFile();
  using access = opened(test.file.path);
  assertEquals(access.isStillValid("", "ann"), true);
  const { id, token } = await test.file.create();
  assertEquals(access.check("ann", token), { subject: id });
  assertEquals(letsIn(access, "ann", undefined), false);
  assertEquals([access.required, access.isStillValid("", "ann")], [true, false]);
});

Deno.test("no tokens, a damaged file and one that has gone let nobody in, and the log says so", async () => {
  await using log = await captureLog();
  await using test = await tokensFile();
  {
    using _access = opened(test.file.path, true);
    assertStringIncludes(log.lines.at(-1)!, `tokens are asked for, and there is no ${test.file.path}`);
  }
  const { id, token } = await test.file.create();
  let now = 0;
  using access = opened(test.file.path, false, () => now);
  const states: [change: () => Promise<unknown>, said?: string][] = [
    [() => test.file.revoke(id)],
    [() => Deno.writeTextFile(test.file.path, "{"), `the tokens file ${test.file.path} is damaged`],
    [() => Deno.remove(test.file.path), `there is no ${test.file.path}`],
  ];
  for (const [change, said] of states) {
    await change();
    look(access);
    now += 5_000;
    look(access);
    assertEquals([letsIn(access, "ann", token), letsIn(access, "ann", undefined)], [false, false]);
    if (said !== undefined) assertStringIncludes(log.lines.at(-1)!, said);
  }
  using started = opened(await damaged(test.file.path));
  assertEquals(letsIn(started, "ann", undefined), false);
  assertEquals(log.lines.join("\n").includes(token.slice(-43)), false);
});

Deno.test("half a file is one that is being written: who is in stays, and who comes gets in", async () => {
  await using test = await tokensFile();
  const { path } = test.file;
  const first = await test.file.create();
  using access = opened(path, false, () => 0);
  const second = await test.file.create();
  const whole = await Deno.readTextFile(path);
  look(access);
  for (let length = 0; length < whole.trimEnd().length; length++) {
    await Deno.writeTextFile(path, whole.slice(0, length));
    look(access);
    assertEquals([access.isStillValid(first.id, "ann"), letsIn(access, "bob", second.token)], [true, true]);
  }
  await Deno.remove(path);
  look(access);
  assertEquals([access.isStillValid(first.id, "ann"), letsIn(access, "bob", second.token)], [true, true]);
  await Deno.writeTextFile(path, JSON.stringify({ tokens: JSON.parse(whole).tokens.slice(1) }));
  look(access);
  assertEquals([access.isStillValid(first.id, "ann"), letsIn(access, "bob", second.token)], [false, true]);
});

Deno.test("a file that stays damaged lets nobody in, but who is in stays; one that is gone for good dismisses them", async () => {
  await using log = await captureLog();
  await using test = await tokensFile();
  const { path } = test.file;
  const { id, token } = await test.file.create();
  const whole = await Deno.readTextFile(path);
  let now = 0;
  using access = opened(path, false, () => now);
  const later = () => {
    look(access); // which finds what is new
    now += 5_000;
    look(access);
    return [access.isStillValid(id, "ann"), letsIn(access, "ann", token)];
  };
  await Deno.writeTextFile(path, whole.slice(0, 40));
  assertEquals(later(), [true, false]);
  await log.next("is damaged");
  await Deno.writeTextFile(path, whole);
  assertEquals(later(), [true, true]);
  await Deno.remove(path);
  assertEquals(later(), [false, false]);
  await log.next("there is no");
  await Deno.writeTextFile(path, whole);
  assertEquals(later(), [true, true]);
});

Deno.test("where half a file comes first, nobody is dismissed, and nobody is let in without a token for long", async () => {
  await using test = await tokensFile();
  let now = 0;
  using access = opened(test.file.path, false, () => now);
  await Deno.writeTextFile(test.file.path, '{"tokens": [');
  look(access);
  assertEquals([access.isStillValid("", "ann"), letsIn(access, "bob", undefined)], [true, true]);
  now += 5_000;
  look(access);
  assertEquals([access.isStillValid("", "ann"), letsIn(access, "bob", undefined)], [true, false]);
});

Deno.test({
  name: "a tokens file that others can read is warned of",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using log = await captureLog();
    await using test = await tokensFile();
    await test.file.create();
    await Deno.chmod(test.file.path, 0o644);
    using _access = opened(test.file.path);
    await log.next("chmod 600");
  },
});

/** Makes the access look at its file: a token that it does not know may be a new one. */
function look(access: TokenAccess): void {
  access.check("ann", `cct_0000000000_${"A".repeat(43)}`);
}

async function damaged(path: string): Promise<string> {
  await Deno.writeTextFile(path, "no JSON");
  return path;
}
