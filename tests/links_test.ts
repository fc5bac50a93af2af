// The packages in npm/ stand in for those of JSR. All that is asked of them here is asked through the import map, so
// that `deno task std:check` asks the same of the real ones.
import { TarStream, type TarStreamInput, UntarStream } from "@std/archive";
import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
  unreachable,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { unicodeWidth } from "@std/cli/unicode-width";
import * as dotenv from "@std/dotenv";
import { parse as parseDotenv } from "@std/dotenv/parse";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { format as formatBytes } from "@std/fmt/bytes";
import * as colors from "@std/fmt/colors";
import { format as formatDuration } from "@std/fmt/duration";
import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import * as yaml from "@std/yaml";

const root = new URL("../", import.meta.url);
const readJson = (path: string) => JSON.parse(Deno.readTextFileSync(new URL(path, root)));

/** Whether the version is in the range ^least: not older, and with the same first number that is not zero. */
function inCaretRange(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const fixed = want.findIndex((number) => number > 0) + 1;
  if (have.slice(0, fixed).join() !== want.slice(0, fixed).join()) return false;
  const differs = have.findIndex((number, i) => number !== want[i]);
  return differs === -1 || have[differs]! > want[differs]!;
}

Deno.test("each JSR import has a link, of a version in its range", () => {
  const { imports, links }: { imports: Record<string, string>; links: string[] } = readJson("deno.json");
  const asked = Object.values(imports)
    .map((target) => /^jsr:(.+)@\^(.+)$/.exec(target))
    .filter((match) => match !== null)
    .map(([, name, least]) => ({ name: name!, least: least! }));
  const linked = new Map(
    links.map((link) => readJson(`${link}/deno.json`)).map(({ name, version }) => [name, version as string]),
  );

  assertEquals(asked.map(({ name }) => name).sort(), [...linked.keys()].sort());
  for (const { name, least } of asked) {
    assert(inCaretRange(linked.get(name)!, least), `${name}: ${linked.get(name)} is not in ^${least}`);
  }
});

Deno.test("@std/assert lets through what holds and throws for what does not", async () => {
  const error = new TypeError("no such client");
  assertStrictEquals(
    assertThrows(
      () => {
        throw error;
      },
      TypeError,
      "no such",
    ),
    error,
  );
  assertStrictEquals(await assertRejects(() => Promise.reject(error), TypeError, "no such"), error);

  const holds: Array<() => void> = [
    () => assert(1),
    () => assertFalse(0),
    () => assertExists(""),
    () => assertEquals({ a: [1] }, { a: [1] }),
    () => assertNotEquals({ a: [1] }, { a: [2] }),
    () => assertObjectMatch({ a: 1, b: 2 }, { a: 1 }),
    () => assertArrayIncludes([1, 2, 3], [3, 1]),
    () => assertInstanceOf(error, Error),
    () => assertMatch("abc", /b/),
    () => assertStringIncludes("abc", "b"),
    () => assertGreater(2, 1),
    () => assertGreaterOrEqual(2, 2),
    () => assertLess(1, 2),
    () => assertLessOrEqual(2, 2),
  ];
  const fails: Array<() => void> = [
    () => assert(0),
    () => assertFalse(1),
    () => assertExists(null),
    () => assertEquals({ a: [1] }, { a: [2] }),
    () => assertNotEquals({ a: [1] }, { a: [1] }),
    () => assertStrictEquals([], []),
    () => assertObjectMatch({ a: 1, b: 2 }, { a: 2 }),
    () => assertArrayIncludes([1, 2, 3], [4]),
    () => assertInstanceOf(error, RangeError),
    () => assertMatch("abc", /d/),
    () => assertStringIncludes("abc", "d"),
    () => assertGreater(1, 1),
    () => assertGreaterOrEqual(1, 2),
    () => assertLess(1, 1),
    () => assertLessOrEqual(2, 1),
    () => assertThrows(() => {}),
    () => fail(),
    () => unreachable(),
  ];
  for (const check of holds) check();
  for (const check of fails) assertThrows(check, AssertionError);
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
});

Deno.test("parseArgs reads flags of names known only at run time", () => {
  const [string, boolean, collect] = [["ip", "port", "to"], ["quiet", "color"], ["to"]];
  const unknown: string[] = [];
  const args = parseArgs(
    ["server", "--port=9898", "-q", "--to", "a", "--to=b", "--no-color", "--colour", "--", "--ip"],
    {
      string,
      boolean,
      collect,
      negatable: ["color"],
      alias: { q: "quiet" } as Record<string, string>,
      default: { ip: "127.0.0.1", color: true } as Record<string, unknown>,
      unknown: (arg, key) => {
        if (key === undefined) return true;
        unknown.push(arg);
        return false;
      },
    },
  );
  assertEquals(args as Record<string, unknown>, {
    _: ["server", "--ip"],
    ip: "127.0.0.1",
    port: "9898",
    q: true,
    quiet: true,
    to: ["a", "b"],
    color: false,
  });
  assertEquals(unknown, ["--colour"]);

  const early = parseArgs(["-q", "send", "--to", "a"], { boolean: ["q"], stopEarly: true });
  assertEquals(early, { _: ["send", "--to", "a"], q: true });
});

Deno.test("parseArgs types flags of names known beforehand", () => {
  const args = parseArgs(["--ip=::1", "-v"], {
    string: ["ip", "to"],
    boolean: ["verbose"],
    collect: ["to"],
    alias: { verbose: "v" },
    default: { port: 9898 },
  });
  const ip: string | undefined = args.ip;
  const [to, verbose, v]: [string[], boolean, boolean] = [args.to, args.verbose, args.v];
  assertEquals({ ip, to, verbose, v, port: args.port }, { ip: "::1", to: [], verbose: true, v: true, port: 9898 });
});

Deno.test("unicodeWidth counts the columns of a terminal", () => {
  const widths = { "": 0, "abc": 3, "中文": 4, "カ": 2, "ｶ": 1, "é": 1, "e\u0301": 1, "😀": 2, "a\tb": 2, "한": 2 };
  for (const [text, width] of Object.entries(widths)) assertEquals(unicodeWidth(text), width, text);
});

Deno.test("dotenv reads quotes, comments, several lines and variables", () => {
  const env = parseDotenv([
    "# a comment",
    "PLAIN= value # a comment",
    "export EXPORTED=1",
    "EMPTY=",
    "HASH='a#b' # a comment",
    'JSON={"a":"b"}',
    String.raw`ESCAPED="a\nb\t\"c\" C:\\new"`,
    String.raw`RAW='a\nb "c"'`,
    'LINES="',
    "one",
    "two # no comment",
    '"',
    "名=not a name",
    "COLON: not read",
    "TICKS=`a`",
    "TWICE=1",
    "TWICE=2",
    "VARIABLE=${PLAIN}/x",
    "DEFAULT=${NOT_SET_ANYWHERE:-中文}",
    "NOT_A_VARIABLE='$PLAIN'",
  ].join("\n"));
  assertEquals({ ...env }, {
    PLAIN: "value",
    EXPORTED: "1",
    EMPTY: "",
    HASH: "a#b",
    JSON: '{"a":"b"}',
    ESCAPED: 'a\nb\t"c" C:\\new',
    RAW: 'a\\nb "c"',
    LINES: "one\ntwo # no comment",
    TICKS: "`a`",
    TWICE: "2",
    VARIABLE: "value/x",
    DEFAULT: "中文",
    NOT_A_VARIABLE: "$PLAIN",
  });
});

Deno.test("dotenv loads a file, takes a missing one for empty, and overwrites no variable", async () => {
  const envPath = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(envPath, "CROSSCOMM_LINKS_OLD=file\nCROSSCOMM_LINKS_NEW=file");
    Deno.env.set("CROSSCOMM_LINKS_OLD", "process");
    const env = await dotenv.load({ envPath, export: true });
    assertEquals({ ...env }, { CROSSCOMM_LINKS_OLD: "file", CROSSCOMM_LINKS_NEW: "file" });
    assertEquals(Deno.env.get("CROSSCOMM_LINKS_OLD"), "process");
    assertEquals(Deno.env.get("CROSSCOMM_LINKS_NEW"), "file");
  } finally {
    Deno.env.delete("CROSSCOMM_LINKS_OLD");
    Deno.env.delete("CROSSCOMM_LINKS_NEW");
    await Deno.remove(envPath);
  }
  assertEquals({ ...await dotenv.load({ envPath }) }, {});
  assertEquals({ ...await dotenv.load({ envPath: null }) }, {});
});

Deno.test("base64 and hex", () => {
  const bytes = new Uint8Array([0, 127, 128, 255]);
  assertEquals(encodeBase64(bytes), "AH+A/w==");
  assertEquals(decodeBase64("AH+A/w=="), bytes);
  assertEquals(encodeBase64("中"), "5Lit");
  assertThrows(() => decodeBase64("A?=="), TypeError);
  assertEquals(encodeHex(bytes), "007f80ff");
  assertEquals(bytes, new Uint8Array([0, 127, 128, 255]), "the input is left as it was");
});

Deno.test("fmt prints sizes, durations and colours", () => {
  assertEquals(formatBytes(1536, { binary: true }), "1.5 kiB");
  assertEquals(formatBytes(1_500_000), "1.5 MB");
  assertEquals(formatDuration(99674, { ignoreZero: true }), "1m 39s 674ms");

  const { bold, dim, italic, underline, red, green, yellow, blue, magenta, cyan, gray } = colors;
  const enabled = colors.getColorEnabled();
  try {
    colors.setColorEnabled(true);
    // Where NO_COLOR is set, colours cannot be turned on.
    assertEquals(red("x"), Deno.noColor ? "x" : "\x1b[31mx\x1b[39m");
    for (const color of [bold, dim, italic, underline, red, green, yellow, blue, magenta, cyan, gray]) {
      assertEquals(color("x") === "x", Deno.noColor);
      assertEquals(colors.stripAnsiCode(color("x")), "x");
    }
    colors.setColorEnabled(false);
    assertEquals(red("x"), "x");
  } finally {
    colors.setColorEnabled(enabled);
  }
});

Deno.test("text finds the nearest word", () => {
  assertEquals(closestString("sevrer", ["send", "server", "list"]), "server");
  assertEquals(closestString("LIST", ["send", "list"]), "list");
  assertEquals(closestString("LIST", ["LOST", "list"], { caseSensitive: true }), "LOST");
  assertEquals(levenshteinDistance("kitten", "sitting"), 3);
});

Deno.test("yaml gives back what it wrote", () => {
  const value = {
    "名字": "小明: 一个 #标签",
    "key: with colon": null,
    "yes": true,
    "1": 1.5,
    "": [],
    "time": new Date("2024-01-02T03:04:05.000Z"),
    "looks like others": ["true", "null", "12", "~", "- a", "1.5e3", "2024-01-02", "*a", "&a", "!a", "{a", "\ttab"],
    "lines": "one\ntwo\n",
    "nested": [{ a: 1, b: [2, { c: "3" }] }],
    "emoji": "😀",
  };
  assertEquals(yaml.parse(yaml.stringify(value)), value);
  assertEquals(yaml.stringify({ b: 1, a: "中文" }, { sortKeys: true }), "a: 中文\nb: 1\n");
  assertEquals(yaml.parse("a: &x [1, 0x10, '2']\nb: *x\n"), { a: [1, 16, "2"], b: [1, 16, "2"] });
  assertEquals(yaml.parse(""), null);
  assertThrows(() => yaml.parse("a: 1\na: 2"), SyntaxError, "duplicate");
  const error = assertThrows(() => yaml.parse("a: 1\nb: [1"), yaml.YamlSyntaxError);
  assertGreaterOrEqual(error.line, 2);
});

Deno.test("tar gives back what it packed", async () => {
  const contents = {
    "empty.txt": new Uint8Array(),
    "目录/文件.bin": new Uint8Array(1000).map((_, i) => i),
    [`${"long/".repeat(30)}name`]: new TextEncoder().encode("deep"),
  };
  const inputs: TarStreamInput[] = [
    { type: "directory", path: "目录" },
    { type: "symlink", path: "link", linkname: "empty.txt" },
    ...Object.entries(contents).map(([path, bytes]): TarStreamInput => ({
      type: "file",
      path,
      size: bytes.length,
      // Not the bytes themselves: what TarStream reads, it may take from its owner.
      readable: new Blob([bytes]).stream(),
      options: { mtime: 1_700_000_000, mode: 0o600 },
    })),
  ];
  const found: Record<string, unknown> = {};
  for await (const entry of ReadableStream.from(inputs).pipeThrough(new TarStream()).pipeThrough(new UntarStream())) {
    const { typeflag, mode, mtime, linkname } = entry.header;
    if (entry.readable === undefined) found[entry.path] = { typeflag, linkname };
    else found[entry.path] = { typeflag, mode, mtime, bytes: await new Response(entry.readable).bytes() };
  }
  assertEquals(found, {
    "目录": { typeflag: "5", linkname: "" },
    "link": { typeflag: "2", linkname: "empty.txt" },
    ...Object.fromEntries(
      Object.entries(contents).map(([path, bytes]) => [
        path,
        { typeflag: "0", mode: 0o600, mtime: 1_700_000_000, bytes },
      ]),
    ),
  });
});

Deno.test("tar refuses a wrong size and a broken archive", async () => {
  const pack = (...inputs: TarStreamInput[]) => ReadableStream.from(inputs).pipeThrough(new TarStream());
  const file = (size: number): TarStreamInput => ({
    type: "file",
    path: "a",
    size,
    readable: new Blob(["12345"]).stream(),
  });
  for (const size of [4, 6]) await assertRejects(() => new Response(pack(file(size))).bytes(), RangeError);
  const tooLong: TarStreamInput = { type: "directory", path: "a".repeat(101) };
  await assertRejects(() => new Response(pack(tooLong)).bytes(), RangeError);

  const archive = await new Response(pack(file(5))).bytes();
  const unpack = async (bytes: Uint8Array) => {
    const read: string[] = [];
    for await (const { readable } of ReadableStream.from([bytes]).pipeThrough(new UntarStream())) {
      if (readable) read.push(await new Response(readable).text());
    }
    return read;
  };
  assertEquals(await unpack(archive), ["12345"]);
  await assertRejects(() => unpack(archive.slice(0, 700)), Error);
  await assertRejects(() => unpack(archive.with(0, 0x62)), Error);
});
