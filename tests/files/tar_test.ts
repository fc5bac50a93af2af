import { assert, assertEquals, assertRejects } from "@std/assert";
import { TarStream, type TarStreamInput } from "@std/archive";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { checked, sample, treeOf } from "./support/sample.ts";
import { startStore, type TestStore } from "./support/test_store.ts";

const KEY = "cross_comm/x/1_a.tar.gz";

async function gzip(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const compression = new CompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>;
  return new Uint8Array(
    await new Response(stream.pipeThrough(compression) as ReadableStream<BufferSource & Uint8Array<ArrayBuffer>>)
      .arrayBuffer(),
  );
}

function file(path: string, content = "x"): TarStreamInput {
  const bytes = new TextEncoder().encode(content);
  return { type: "file", path, size: bytes.length, readable: ReadableStream.from([bytes]) };
}

async function putTar(test: TestStore, bytes: Uint8Array): Promise<void> {
  await test.storage.put(KEY, checked(bytes));
}

async function refusal(test: TestStore, bytes: Uint8Array): Promise<string> {
  await putTar(test, bytes);
  const error = await assertRejects(
    () => test.transfers("bob").receive("folder", KEY, test.path("in")),
    CrossCommError,
  );
  assertEquals(await treeOf(test.path("in")), {});
  return error.code;
}

for (
  const [what, entry] of [
    ["..", file("../a")],
    [".. after a dot", file("./../a")],
    ["an absolute path", file("/etc/a")],
    ["an absolute path after a dot", file(".//etc/a")],
    ["a dot for a file", file(".")],
    ["a drive letter", file("C:/a")],
    ["a backslash", file("..\\a")],
    ["a link", { type: "symlink", path: "a", linkname: "/etc" }],
  ] as [string, TarStreamInput][]
) {
  Deno.test(`an archive with ${what} in it is refused whole`, async () => {
    await using test = await startStore();
    const archive = ReadableStream.from([file("before"), entry]).pipeThrough(new TarStream());
    assertEquals(await refusal(test, await gzip(archive)), "UNSAFE_KEY");
  });
}

Deno.test("an archive that is cut off or no archive at all is refused whole", async () => {
  await using test = await startStore();
  const whole = await gzip(ReadableStream.from([file("a", "a".repeat(5000))]).pipeThrough(new TarStream()));
  assertEquals(await refusal(test, whole.subarray(0, whole.length - 9)), "FILE_DAMAGED");
  assertEquals(await refusal(test, whole.subarray(0, 20)), "FILE_DAMAGED");
  assertEquals(await refusal(test, sample(5000)), "FILE_DAMAGED");
  assertEquals(await refusal(test, await gzip(ReadableStream.from([sample(5000)]))), "FILE_DAMAGED");
  const broken = whole.slice();
  broken[broken.length - 6]! ^= 1;
  assertEquals(await refusal(test, broken), "FILE_DAMAGED");
});

Deno.test("an archive that unpacks to more than the limit is refused", async () => {
  await using test = await startStore();
  await putTar(
    test,
    await gzip(ReadableStream.from([file("zeros", "0".repeat(1 << 20))]).pipeThrough(new TarStream())),
  );
  const error = await assertRejects(
    () => test.transfers("bob").receive("folder", KEY, test.path("in"), { limits: { maxBytes: 1 << 19 } }),
    CrossCommError,
  );
  assertEquals(error.code, "LIMIT_EXCEEDED");
});

Deno.test("a name that stands twice in an archive keeps both files", async () => {
  await using test = await startStore();
  await putTar(test, await gzip(ReadableStream.from([file("a", "1"), file("a", "2")]).pipeThrough(new TarStream())));
  const path = await test.transfers("bob").receive("folder", KEY, test.path("in"));
  assertEquals(await treeOf(path), { "a": "1", "a (2)": "2" });
});

Deno.test("thousands of files of one name in an archive arrive, each under a number", async () => {
  await using test = await startStore();
  // Where each is looked for a name from the first number on, this takes a quarter of an hour.
  const count = 5000;
  const entries = Array.from({ length: count }, (_, index) => file("a.txt", `${index + 1}`));
  await putTar(test, await gzip(ReadableStream.from(entries).pipeThrough(new TarStream())));
  const path = await test.transfers("bob").receive("folder", KEY, test.path("in"));
  const expected = entries.map((_, index) => [index === 0 ? "a.txt" : `a (${index + 1}).txt`, `${index + 1}`]);
  assertEquals(await treeOf(path), Object.fromEntries(expected));
});

Deno.test("a folder with a file that does not fit into an archive is refused, and nothing is sent", async () => {
  await using test = await startStore();
  await Deno.mkdir(test.path("f"));
  await Deno.writeTextFile(test.path("f/large"), "");
  await Deno.truncate(test.path("f/large"), 8 ** 12); // of which the disk has nothing
  const error = await assertRejects(
    () => test.transfers("ann").send("folder", test.path("f"), { folderFormat: "tar" }),
    CrossCommError,
  );
  assertEquals(error.code, "LIMIT_EXCEEDED");
  assertEquals(test.store.usage().objects, 0);
});

Deno.test("a large archive goes in parts, and continues where a connection breaks", async () => {
  await using test = await startStore();
  await Deno.mkdir(test.path("f"));
  for (let index = 0; index < 5; index++) await Deno.writeFile(test.path(`f/${index}`), sample(7 << 20, index + 1));
  test.proxy.cut("up", 3 << 20, 9 << 20);
  const key = await test.transfers("ann").send("folder", test.path("f"), { folderFormat: "tar" });
  test.proxy.cut("down", 3 << 20, 9 << 20);
  const path = await test.transfers("bob").receive("folder", key, test.path("in"));
  assertEquals(test.proxy.harm, 4);
  assertEquals(await treeOf(path), await treeOf(test.path("f")));
});

Deno.test("an archive that is given up is cleared away", async () => {
  await using test = await startStore();
  await Deno.mkdir(test.path("f"));
  for (let index = 0; index < 5; index++) await Deno.writeFile(test.path(`f/${index}`), sample(7 << 20, index + 1));
  const abort = new AbortController();
  const options = { signal: abort.signal, onProgress: () => abort.abort(), folderFormat: "tar" as const };
  const error = await assertRejects(
    () => test.transfers("ann").send("folder", test.path("f"), options),
    CrossCommError,
  );
  assertEquals(error.code, "ABORTED");
  assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
});

for (const [what, size] of [["small", 1000], ["large", 9 << 20]] as const) {
  for (
    const [how, change] of [
      ["grow", (path: string) => Deno.writeFileSync(path, sample(9), { append: true })],
      ["shrink", (path: string) => Deno.truncateSync(path, 10)],
      ["are written to", (path: string) => Deno.utimeSync(path, 1, 1)],
    ] as const
  ) {
    Deno.test(`${what} files that ${how} while they go into an archive are an error and no object`, async () => {
      await using test = await startStore();
      await Deno.mkdir(test.path("f"));
      const paths = [1, 2, 3].map((number) => test.path(`f/${number}`));
      for (const path of paths) await Deno.writeFile(path, sample(size));
      const onProgress = () => paths.splice(0).forEach(change);
      const error = await assertRejects(
        () => test.transfers("ann").send("folder", test.path("f"), { folderFormat: "tar", onProgress }),
        CrossCommError,
      );
      assertEquals(error.code, "FILE_CHANGED");
      assertEquals(test.store.usage(), { objects: 0, bytes: 0 });
    });
  }
}

Deno.test("a large file in an archive arrives bit by bit, and beside what has its name", async () => {
  await using test = await startStore();
  const large = sample(700_001);
  const entry = (): TarStreamInput => ({
    type: "file",
    path: "a",
    size: large.length,
    readable: new Blob([large]).stream(),
  });
  const archive = await gzip(ReadableStream.from([file("a", "1"), entry(), entry()]).pipeThrough(new TarStream()));
  await putTar(test, archive);
  const path = await test.transfers("bob").receive("folder", KEY, test.path("in"));
  assertEquals(await Deno.readTextFile(`${path}/a`), "1");
  for (const name of ["a (2)", "a (3)"]) assertEquals(await Deno.readFile(`${path}/${name}`), large);
});

Deno.test("an archive of text is small, and one of what compresses badly is sent as it is", async () => {
  await using test = await startStore();
  const sizes = [];
  for (const [name, content] of [["text", new Uint8Array(3_000_000).fill(97)], ["noise", sample(3_000_000)]] as const) {
    await Deno.mkdir(test.path(name));
    await Deno.writeFile(test.path(`${name}/a`), content);
    const key = await test.transfers("ann").send("folder", test.path(name), { folderFormat: "tar" });
    const folder = await test.transfers("bob").receive("folder", key, test.path("in"));
    assertEquals(await Deno.readFile(`${folder}/a`), content);
    for await (const { size } of test.storage.list(key)) sizes.push(size);
  }
  assert(sizes[0]! < 100_000 && sizes[1]! > 3_000_000 && sizes[1]! < 3_010_000, `${sizes} bytes`);
});

Deno.test("what fails where the progress is told of is no failure of the archive", async () => {
  await using test = await startStore();
  await Deno.mkdir(test.path("f"));
  await Deno.writeTextFile(test.path("f/a"), "a");
  const failure = new Error("from the caller");
  const onProgress = () => {
    throw failure;
  };
  const sending = test.transfers("ann").send("folder", test.path("f"), { folderFormat: "tar", onProgress });
  assertEquals(await assertRejects(() => sending), failure);
});
