import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { tempFolder } from "../support/start_hub.ts";
import { crosscomm, startRedirected } from "./crosscomm.ts";

Deno.test("--version says the version, and nothing else", async () => {
  assertEquals(await crosscomm(["--version"]), { code: 0, stdout: `crosscomm ${config.version}`, stderr: "" });
});

Deno.test("--help names every command", async () => {
  const { code, stdout } = await crosscomm(["--help"]);
  assertEquals(code, 0);
  for (const name of ["server", "client", "send", "listen", "clients"]) {
    assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
  }
});

for (const name of ["server", "client", "send", "listen", "clients"]) {
  Deno.test(`${name} --help explains its flags, and help ${name} does as well`, async () => {
    const [flag, word] = await Promise.all([crosscomm([name, "--help"]), crosscomm(["help", name])]);
    assertEquals(flag.code, 0);
    for (const expected of [`crosscomm ${name}`, "--port PORT", "[CROSSCOMM_PORT]", "--json", "Examples:"]) {
      assertStringIncludes(flag.stdout, expected);
    }
    assertEquals(word, flag);
  });
}

const mistakes: [args: string[], complaint: string][] = [
  [["serv"], "there is no command serv: did you mean server?"],
  [["--prot"], "there is no flag --prot"],
  [["server", "--prot", "1"], "there is no flag --prot: did you mean --port?"],
  [["send", "--tpe=text", "hi"], "there is no flag --tpe: did you mean --type?"],
  [["server", "--port", "abc"], 'error: --port takes a number, not "abc"'],
  [["server", "--port", "70000"], "error: --port must be a whole number from 0 to 65535, not 70000"],
  [["server", "--port"], "--port needs a value: --port PORT"],
  [["server", "--port", "--json"], "--port needs a value: --port PORT"],
  [["server", "--heartbeat-timeout", "-1"], "error: --heartbeat-timeout must be a number of seconds"],
  [["server", "--heartbeat-timeout", "Infinity"], "and up to 2147483, not Infinity"],
  [["server", "9000"], 'server takes flags alone, not "9000"'],
  [["listen", "inbox"], 'listen takes flags alone, not "inbox"'],
  [["client", "ann"], 'client takes flags alone, not "ann"'],
  [["clients", "--all", "ann"], 'clients takes flags alone, not "ann"'],
  [["download", "", "inbox"], "download takes two arguments"],
  [["client", "--url", "http://127.0.0.1"], "is no address of a hub"],
  [["send", "two", "words"], "put quotes around"],
  [["send", "--type", "txt", "hi"], "there is no message type txt: did you mean text?"],
  [["send", "--type", "bytes", "xyz"], "bytes are typed in hexadecimal"],
  [["send", "--type", "", "hi"], "--type needs a value: --type TYPE"],
  [["send", "--file", ""], "--file needs a value: --file PATH"],
  [["send", "--file", "", "hi"], "--file says all that is sent"],
  [["send", "--type", "dict", "{"], "a dict is typed as JSON"],
  [["send", "--type", "json", "{"], "this is no JSON"],
  [["send", "--type", "file", ""], "the path of the file is missing"],
];

for (const [args, complaint] of mistakes) {
  Deno.test(`crosscomm ${args.join(" ")} exits with 2 and a hint`, async () => {
    const { code, stdout, stderr } = await crosscomm(args);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, complaint);
    assertStringIncludes(stderr, "--help");
  });
}

Deno.test("without a command, the help goes to standard error and the status is 2", async () => {
  const { code, stdout, stderr } = await crosscomm([]);
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertStringIncludes(stderr, "Usage:");
});

Deno.test("in a pipe there are no colours", async () => {
  const { stderr } = await crosscomm(["serv"]);
  assertEquals(stderr.includes("\x1b"), false);
});

Deno.test("where no hub listens, a command says so and exits with 1", async () => {
  for (const command of ["send", "listen", "clients", "client"]) {
    const { code, stdout, stderr } = await crosscomm([command, "--port", "1"], { stdin: "hi\n" });
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertStringIncludes(stderr, "nothing listens at ws://127.0.0.1:1: start the hub");
  }
});

for (const args of [["--help"], ["--version"], ["send", "--help"], ["token", "ls"]]) {
  Deno.test({
    name: `crosscomm ${args.join(" ")} > /dev/full is one line on standard error, and status 1`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using folder = await tempFolder();
      await using command = startRedirected(args, "> /dev/full", { cwd: folder.path });
      const { code, stdout, stderr } = await command.end();
      assertEquals({ code, stdout }, { code: 1, stdout: "" });
      assertMatch(stderr, /^error: standard output cannot be written to: No space left on device[^\n]*\n$/);
    },
  });
}

Deno.test({
  name: "the status is the same where what goes wrong cannot be said",
  ignore: Deno.build.os !== "linux",
  async fn() {
    for (const [args, code] of [[["serv"], 2], [[], 2], [["send", "--port", "1", "hello"], 1]] as const) {
      await using command = startRedirected(args, "2> /dev/full");
      assertEquals((await command.end()).code, code);
    }
  },
});

Deno.test("a dict from standard input that is nested too deeply exits with 2 and says so", async () => {
  const stdin = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);
  const { code, stdout, stderr } = await crosscomm(["send", "--type", "dict"], { stdin });
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "error: this dict cannot be sent: it is nested too deeply");
});
