import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { CrossCommError, TokenFile } from "../../server.ts";
import { tempFolder } from "../support/start_hub.ts";

Deno.test("a token is listed without its secret, which is nowhere in the file", async () => {
  await using folder = await tempFolder();
  const file = new TokenFile(`${folder.path}/tokens.json`);
  assertEquals(file.list(), []);
  const { id, token } = await file.create({ clients: "sensor-*", lifetime: 60, note: "the cellar" });

  const [listed] = file.list();
  assertEquals({ ...listed, created: 0 }, {
    id,
    clients: "sensor-*",
    created: 0,
    expires: listed!.created + 60,
    note: "the cellar",
  });
  const text = await Deno.readTextFile(file.path);
  assertEquals(text.includes(token.slice(-43)), false);
});

Deno.test({
  name: "the tokens file is for its owner's eyes alone",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await tempFolder();
    const file = new TokenFile(`${folder.path}/tokens.json`);
    for (let i = 0; i < 2; i++) {
      await file.create();
      assertEquals((await Deno.stat(file.path)).mode! & 0o777, 0o600);
    }
  },
});

Deno.test("tokens made and revoked at the same time are all made and revoked", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/tokens.json`;
  const made = await Promise.all([1, 2, 3, 4, 5, 6].map(() => new TokenFile(path).create()));
  const revoked = await Promise.all([1, 2, 3].map((i) => new TokenFile(path).revoke(made[i]!.id)));
  assertEquals(revoked, [true, true, true]);
  assertEquals(new TokenFile(path).list().map(({ id }) => id).sort(), [0, 4, 5].map((i) => made[i]!.id).sort());
  assertEquals(await new TokenFile(path).revoke(made[1]!.id), false);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["tokens.json"]);
});

Deno.test("a damaged file is said to be, and left as it is", async () => {
  await using folder = await tempFolder();
  const file = new TokenFile(`${folder.path}/tokens.json`);
  for (const text of ["", "{", "[]", '{"tokens": [{"id": "x"}]}', '{"tokens": [null]}']) {
    await Deno.writeTextFile(file.path, text);
    assertEquals(assertThrows(() => file.list(), CrossCommError).code, "TOKENS_UNUSABLE");
    const error = await assertRejects(() => file.create(), CrossCommError);
    assertStringIncludes(error.message, `${file.path} is damaged`);
    assertEquals(await Deno.readTextFile(file.path), text);
  }
});

Deno.test("what makes no sense is no token", async () => {
  const file = new TokenFile("/nowhere/tokens.json");
  for (const options of [{ clients: "" }, { lifetime: 0 }, { lifetime: NaN }, { lifetime: Infinity }]) {
    assertEquals((await assertRejects(() => file.create(options), CrossCommError)).code, "INVALID_ARGUMENT");
  }
  assertEquals((await assertRejects(() => file.create(), CrossCommError)).code, "TOKENS_UNUSABLE");
});
