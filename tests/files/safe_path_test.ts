import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { posix, win32 } from "node:path";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { numberedName, safeName } from "../../lib/files/safe_name.ts";
import { safePath } from "../../lib/files/safe_path.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** Pieces of what attacks are made of, and of anything else. */
const piece = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "/",
    "\\",
    "//",
    " ",
    "...",
    "C:",
    "c:\\",
    "\0",
    "\r\n",
    "con",
    "NUL.txt",
    "COM¹",
    "a.",
    "b ",
  ),
  fc.constantFrom(
    "é",
    "e\u0301",
    "K",
    "k",
    "文件",
    "👨‍👩‍👧",
    "\ud800",
    "\u202e",
    "\u2215",
    "％2e",
    "%2e%2e",
    "~",
    "$HOME",
    "|",
    ":",
  ),
  fc.string({ unit: "binary" }),
  fc.string(),
);
const key = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

Deno.test("no key leads out of the directory, on any system", () => {
  for (const [windows, path, root] of [[false, posix, "/srv/in"], [true, win32, "D:\\srv\\in"]] as const) {
    fc.assert(
      fc.property(key, (key) => {
        let names: string[];
        try {
          names = safePath(key, windows);
        } catch (error) {
          assert(error instanceof CrossCommError && error.code === "UNSAFE_KEY");
          return;
        }
        assert(names.length > 0);
        const joined = path.join(root, ...names);
        assertEquals(joined, [root, ...names].join(path.sep), "a name was more than a name");
        assertEquals(path.resolve(joined), joined);
        assert(joined.startsWith(root + path.sep));
        for (const name of names) {
          assert(bytes(name) <= 255 && name.isWellFormed());
          // deno-lint-ignore no-control-regex -- that is what must not be there
          assert(!/[\x00-\x1f\x7f/\\]/.test(name));
          if (!windows) continue;
          assert(!/[<>:"|?*]|[. ]$/.test(name), name);
          assert(!/^(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)/i.test(name), name);
        }
      }),
      { numRuns: 3000 },
    );
  }
});

Deno.test("safe names stay as they are", () => {
  for (const name of ["a.txt", ".env", "数据 (1).csv", "a b", "con", "x:y", "trailing.", "tar.gz"]) {
    assertEquals(safePath(`cross_comm/ann/${name}`, false), ["cross_comm", "ann", name]);
  }
  assertEquals(safePath("q: why.txt", false), ["q: why.txt"]); // of a folder, an entry's path begins with its name
  fc.assert(fc.property(fc.string(), (name) => {
    const safe = safeName(name, true);
    assertEquals(safeName(safe, true), safe);
    assertEquals(safePath(safe, true), [safe]);
  }));
});

for (
  const key of [
    "",
    "/",
    "/etc/passwd",
    "//host/share/a",
    "../a",
    "a/../b",
    "a/..",
    "a/./b",
    "a//b",
    "a/ /b",
    "a/.. /b",
    "a/... ./b",
    "C:/a",
    "c:/",
    "\\\\host\\share",
    "a\\..\\b",
    "a\0b",
  ]
) {
  Deno.test(`the key ${JSON.stringify(key)} is refused`, () => {
    assertEquals(assertThrows(() => safePath(key, false), CrossCommError).code, "UNSAFE_KEY");
    assertEquals(assertThrows(() => safePath(key, true), CrossCommError).code, "UNSAFE_KEY");
  });
}

Deno.test("on Windows, what it does not take in a name is replaced", () => {
  assertEquals(safePath("aa:b/con.txt/NUL/x. ./q?", true), ["aa_b", "_con.txt", "_NUL", "x___", "q_"]);
  assertEquals(safePath("c:a", true), ["c_a"]);
  assertEquals(safePath("a/Icon\r", false), ["a", "Icon_"]);
});

Deno.test("long names are cut between characters and keep their extension", () => {
  assertEquals(safeName("n".repeat(300) + ".tar", false), "n".repeat(251) + ".tar");
  assertEquals(safeName("文".repeat(100) + ".txt", false), "文".repeat(83) + ".txt");
  assertEquals(safeName("👨‍👩‍👧".repeat(30) + ".png", false), "👨‍👩‍👧".repeat(13) + ".png");
  assertEquals(safeName("e\u0301".repeat(100), false), "e\u0301".repeat(85));
  assertEquals(safeName("a." + "b".repeat(300), false), ("a." + "b".repeat(300)).slice(0, 255));
});

Deno.test("a number goes before the extension, however long the name is", () => {
  assertEquals(numberedName("a.txt", 2), "a (2).txt");
  assertEquals(numberedName(".env", 3), ".env (3)");
  assertEquals(numberedName("folder", 2), "folder (2)");
  fc.assert(fc.property(fc.string({ maxLength: 400 }), fc.integer({ min: 2, max: 9999 }), (name, number) => {
    const numbered = numberedName(safeName(name, false), number);
    assert(bytes(numbered) <= 255);
    assert(numbered.includes(`(${number})`));
  }));
});
