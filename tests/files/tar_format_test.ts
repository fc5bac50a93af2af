// Archives of other programs, and what of ours other programs read.
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UntarStream } from "@std/archive";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { readTarHeader, tarHeader } from "../../lib/files/tar_header.ts";
import { TarReader } from "../../lib/files/tar_reader.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { checked, sample, treeOf } from "./support/sample.ts";
import { startStore } from "./support/test_store.ts";

const PACK = `
import sys, tarfile
with tarfile.open(sys.argv[1], "w:gz") as archive: archive.add(sys.argv[2], sys.argv[3])
`;
const END = new Uint8Array(1024);

/** Has Python unpack an archive; false where there is none. */
async function unpackedByPython(archive: string, folder: string): Promise<boolean> {
  const script = "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])";
  const { success } = await new Deno.Command("python3", { args: ["-c", script, archive, folder] }).output()
    .catch(() => ({ success: false }));
  return success;
}

/** An entry with a header of any type. */
function entry(path: string, content: string, type = "0"): Uint8Array {
  const bytes = Buffer.from(content);
  const header = withSum(tarHeader(path, bytes.length, 0), { at: 156, text: type });
  return Buffer.concat([header, bytes, new Uint8Array(-bytes.length & 511)]);
}

/** A header with something else in it, and a checksum that fits. */
function withSum(header: Uint8Array, { at, text }: { at: number; text: string }): Uint8Array {
  const block = Buffer.from(header);
  block.write(text, at, "latin1");
  block.fill(" ", 148, 156);
  block.write(block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(7, "0") + "\0", 148, "latin1");
  return block;
}

function line(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest > length) length++;
  return `${length} ${key}=${value}\n`;
}

/** What an archive holds, whatever pieces it comes in. */
async function contentsOf(archive: Uint8Array, pieceBytes = archive.length): Promise<Record<string, string>> {
  const pieces = (async function* () {
    for (let at = 0; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
  })();
  const reader = new TarReader(pieces);
  const found: Record<string, string> = {};
  for (let next; (next = await reader.next()) !== undefined;) {
    found[next.path] = next.type === "0" ? (await reader.content()).toString() : next.type;
  }
  return found;
}

async function packed(...pieces: Uint8Array[]): Promise<Record<string, string>> {
  return await contentsOf(Buffer.concat([...pieces, END]));
}

/** The content `1`, with the zeros after it. */
const ONE = Buffer.alloc(512).fill("1", 0, 1);
const LONG = `${"深".repeat(80)}/${"n".repeat(200)}`;

Deno.test("an archive is the same whatever pieces it comes in", async () => {
  const archive = Buffer.concat([entry("a", "1".repeat(1500)), entry("f/", "", "5"), entry("f/b", ""), END, END]);
  const expected = { "a": "1".repeat(1500), "f/": "5", "f/b": "" };
  for (const pieceBytes of [1, 511, 512, 513, archive.length]) {
    assertEquals(await contentsOf(archive, pieceBytes), expected);
  }
});

Deno.test("an entry that is not read is passed over", async () => {
  const archive = Buffer.concat([entry("a", "1".repeat(3000)), entry("b", "2"), END]);
  const reader = new TarReader((async function* () {
    for (let at = 0; at < archive.length; at += 1000) yield archive.subarray(at, at + 1000);
  })());
  await reader.next();
  for await (const _ of reader.pieces()) break;
  assertEquals((await reader.next())?.path, "b");
});

Deno.test("long names and large files of POSIX and GNU are read", async () => {
  const first = { [LONG]: "1", b: "2" };
  assertEquals(
    await packed(entry("x", line("mtime", "1.5") + line("path", LONG), "x"), entry("a", "1"), entry("b", "2")),
    first,
  );
  assertEquals(await packed(entry("././@LongLink", `${LONG}\0`, "L"), entry("a", "1"), entry("b", "2")), first);
  assertEquals(await packed(entry("pax_global_header", line("comment", "c"), "g"), entry("a", "1")), { a: "1" });
  const large = withSum(tarHeader("a", 0, 0), { at: 124, text: "\x80\0\0\0\0\0\0\x02\0\0\0\0" });
  assertEquals(readTarHeader(large)?.size, 2 ** 33);
  assertEquals(readTarHeader(tarHeader("a", 2 ** 35, 0))?.size, 2 ** 35);
  // The field of the prefix holds something else in GNU's headers.
  const gnu = withSum(withSum(tarHeader("a", 0, 0), { at: 257, text: "ustar  \0" }), { at: 345, text: "14710" });
  assertEquals(readTarHeader(gnu)?.path, "a");
  assertEquals(readTarHeader(withSum(tarHeader("old/", 0, 0), { at: 156, text: "\0" }))?.type, "5");
});

Deno.test("a path goes into a header whole, or into another before it", async () => {
  for (const path of ["a".repeat(100), `${"d".repeat(155)}/${"a".repeat(100)}`, `${"d/".repeat(60)}a/`]) {
    assertEquals(readTarHeader(tarHeader(path, 1, -1))?.path, path);
  }
  for (
    const path of [
      "a".repeat(101),
      `${"d".repeat(156)}/a`,
      `${"d".repeat(120)}/${"a".repeat(101)}`,
      `${"a".repeat(101)}/`,
      LONG,
      ...[990, 991, 992, 993].map((count) => "a".repeat(count)), // the length of the line with its own length in it
    ]
  ) {
    if (path.endsWith("/a")) assertEquals(readTarHeader(tarHeader(path.slice(1), 1, 0))?.path, path.slice(1));
    const isFolder = path.endsWith("/");
    const found = { [path]: isFolder ? "5" : "1", b: "2" };
    assertEquals(
      await packed(tarHeader(path, isFolder ? 0 : 1, 0), isFolder ? new Uint8Array() : ONE, entry("b", "2")),
      found,
    );
  }
  assertThrows(() => tarHeader("a", 8 ** 12, 0), RangeError);
});

for (
  const [what, ...pieces] of [
    ["a wrong checksum", Buffer.from(entry("a", "1")).fill(1, 0, 1)],
    ["letters for a size", withSum(tarHeader("a", 1, 0), { at: 124, text: "0000000000z" })],
    ["a size below zero", withSum(tarHeader("a", 1, 0), { at: 124, text: "\xff".repeat(12) })],
    ["a size beyond reason", withSum(tarHeader("a", 1, 0), { at: 124, text: `\x80${"\x7f".repeat(11)}` })],
    ["a file with holes", entry("x", line("GNU.sparse.major", "1"), "x"), entry("a", "1")],
    ["a line of a wrong length", entry("x", "99 path=a\n", "x"), entry("a", "1")],
    ["a line of no length", entry("x", "9 path=a\n0 path=b\n", "x"), entry("a", "1")],
    ["a size in words", entry("x", line("size", "-1"), "x"), entry("a", "1")],
    ["headers and no entry", ...Array.from({ length: 20 }, () => entry("x", line("path", "a"), "x"))],
    ["a header without end", entry("x", line("path", "a".repeat(2 << 20)), "x"), entry("a", "1")],
    ["something after its end", entry("a", "1"), END, entry("b", "2")],
    ["nothing but zeros, and many", new Uint8Array(2 << 20)],
  ] as [string, ...Uint8Array[]][]
) {
  Deno.test(`an archive with ${what} is refused`, async () => {
    await assertRejects(() => packed(...pieces), RangeError);
  });
}

Deno.test("an archive that ends anywhere but at its end is refused", async () => {
  const archive = Buffer.concat([entry("a", "1".repeat(600)), entry("b", "")]);
  for (let length = 0; length <= archive.length; length += 32) {
    await assertRejects(() => contentsOf(archive.subarray(0, length)), RangeError);
  }
});

Deno.test("what other programs packed arrives", async () => {
  await using test = await startStore();
  const folder = test.path("f");
  const deep = `${"深/".repeat(30)}${"n".repeat(120)}`;
  await Deno.mkdir(`${folder}/${deep}`, { recursive: true });
  await Deno.writeTextFile(`${folder}/${deep}/end`, "deep");
  await Deno.writeFile(`${folder}/large`, sample(700_001));
  await Deno.mkdir(`${folder}/empty`);
  const commands = {
    gnu: ["tar", "--format=gnu", "--transform=s,^\\.,in,", "-czf", test.path("gnu"), "-C", folder, "."],
    posix: ["tar", "--format=posix", "--transform=s,^\\.,in,", "-czf", test.path("posix"), "-C", folder, "."],
    python: ["python3", "-c", PACK, test.path("python"), folder, "in"],
    "gnu's folder itself": ["tar", "-czf", test.path("gnu's folder itself"), "-C", folder, "."],
    "python's folder itself": ["python3", "-c", PACK, test.path("python's folder itself"), folder, "."],
  };
  for (const [name, [program, ...args]] of Object.entries(commands)) {
    const { success } = await new Deno.Command(program!, { args }).output().catch(() => ({ success: false }));
    if (!success) continue; // not every machine has it
    const bytes = await Deno.readFile(test.path(name));
    const key = `cross_comm/x/1_${name}.tar.gz`;
    await test.storage.put(key, checked(bytes));
    const path = await test.transfers("bob").receive("folder", key, test.path("arrived"));
    assertEquals(await treeOf(name.includes("itself") ? path : `${path}/in`), await treeOf(folder), name);
  }
});

Deno.test("what we pack is read by @std/archive and by Python", async () => {
  await using test = await startStore();
  const folder = test.path("f");
  const deep = `${"d".repeat(120)}/深`;
  await Deno.mkdir(`${folder}/${deep}/empty`, { recursive: true });
  await Deno.writeTextFile(`${folder}/${deep}/end`, "deep");
  await Deno.writeTextFile(`${folder}/nothing`, "");
  await Deno.writeFile(`${folder}/large`, sample(700_001));
  const key = await test.transfers("ann").send("folder", folder, { folderFormat: "tar" });
  const archive = await test.transfers("bob").receive("file", key, test.path("in"));

  const found: Record<string, number | undefined> = {};
  const unpacked = (await Deno.open(archive)).readable.pipeThrough(new DecompressionStream("gzip"));
  for await (const { path, readable } of unpacked.pipeThrough(new UntarStream())) {
    found[path] = readable && (await new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes()).length;
  }
  assertEquals(found, { [`${deep}/empty/`]: undefined, [`${deep}/end`]: 4, "nothing": 0, "large": 700_001 });

  if (await unpackedByPython(archive, test.path("python"))) {
    assertEquals(await treeOf(test.path("python")), await treeOf(folder));
  }
});

Deno.test("names that do not fit into a header arrive, and Python reads them", async () => {
  await using test = await startStore();
  const folder = test.path("f");
  const deep = `${"d".repeat(200)}/${"深".repeat(50)}`;
  await Deno.mkdir(`${folder}/${deep}/${"e".repeat(255)}`, { recursive: true });
  await Deno.writeTextFile(`${folder}/${deep}/a`, "deep");
  await Deno.writeTextFile(`${folder}/${"长".repeat(80)}.txt`, "long");
  const key = await test.transfers("ann").send("folder", folder, { folderFormat: "tar" });
  const path = await test.transfers("bob").receive("folder", key, test.path("in"));
  assertEquals(await treeOf(path), await treeOf(folder));
  const archive = await test.transfers("bob").receive("file", key, test.path("packed"));
  if (await unpackedByPython(archive, test.path("python"))) {
    assertEquals(await treeOf(test.path("python")), await treeOf(folder));
  }
});

Deno.test("a small archive that unpacks to endless zeros is refused", async () => {
  await using test = await startStore();
  const bytes = gzipSync(Buffer.concat([entry("a", "1"), new Uint8Array(64 << 20)]));
  const key = "cross_comm/x/1_a.tar.gz";
  await test.storage.put(key, checked(bytes));
  const error = await assertRejects(
    () => test.transfers("bob").receive("folder", key, test.path("in")),
    CrossCommError,
  );
  assertEquals(error.code, "FILE_DAMAGED");
});
