import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tempFolder } from "../support/start_hub.ts";
import { crosscomm } from "./crosscomm.ts";

Deno.test("a token is made, listed without its secret, and revoked", async () => {
  await using folder = await tempFolder();
  const run = (...args: string[]) => crosscomm(["token", ...args], { cwd: folder.path });

  const made = await run("new", "--id", "sensor-*", "--expires", "1", "--note", "the cellar");
  assertEquals(made.code, 0);
  assertMatch(made.stdout, /^cct_[0-9a-f]{10}_[\w-]{43}$/);
  assertStringIncludes(made.stderr, "cross_comm_tokens.json");
  const id = made.stdout.slice(4, 14);

  const listed = await run("ls");
  for (const word of [id, "sensor-*", "the cellar"]) assertStringIncludes(listed.stdout, word);
  assertEquals(listed.stdout.includes(made.stdout.slice(15)), false);
  const { created, expires, ...rest } = JSON.parse((await run("ls", "--json")).stdout);
  assertEquals({ ...rest, days: (expires - created) / 86400 }, {
    id,
    clients: "sensor-*",
    note: "the cellar",
    days: 1,
  });

  assertEquals((await run("revoke", id, "--json")).stdout, `{"revoked":"${id}"}`);
  assertEquals((await run("ls")).stdout, "There are no tokens.");
});

const mistakes: [args: string[], complaint: string][] = [
  [[], "token needs a subcommand: new, ls, revoke"],
  [["revok", "x"], "did you mean revoke?"],
  [["revoke"], "needs the ids"],
  [["revoke", "3f9c07d2a1"], "there is no token 3f9c07d2a1"],
  [["new", "--expires", "0"], "--expires takes a number of days above 0, not 0"],
  [["new", "--expires", "-1"], "--expires takes a number of days above 0, not -1"],
  [["new", "--expires", "Infinity"], "--expires takes a number of days above 0, not Infinity"],
  [["new", "--id", ""], "--id needs a value: --id ID"],
  [["new", "ann"], "takes flags alone"],
];

for (const [args, complaint] of mistakes) {
  Deno.test(`crosscomm token ${args.join(" ")} exits with 2 and a hint, and changes nothing`, async () => {
    await using folder = await tempFolder();
    const { code, stdout, stderr } = await crosscomm(["token", ...args], { cwd: folder.path });
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, complaint);
    assertEquals([...Deno.readDirSync(folder.path)], []);
  });
}
