import { assert, assertEquals } from "@std/assert";
import { Catalog } from "../../lib/object_store/catalog.ts";
import { Database } from "../../lib/object_store/database.ts";
import { type PageQuery, readPage } from "../../lib/object_store/listing.ts";
import { codeOf } from "./answers.ts";
import { openStore } from "./open_store.ts";
import { BUCKET } from "./signer.ts";

interface BareCatalog extends AsyncDisposable {
  page(query: Partial<PageQuery>): { keys: string[]; prefixes: string[]; next: string | undefined };
}

/** A catalog with objects of these keys. */
async function catalogOf(keys: Iterable<string>): Promise<BareCatalog> {
  const folder = await Deno.makeTempDir({ prefix: "crosscomm_" });
  const database = await Database.open(`${folder}/index.sqlite`, false);
  const catalog = new Catalog(database, () => {}, () => {});
  catalog.addBucket(BUCKET);
  const bucket = catalog.bucket(BUCKET)!;
  catalog.change(() => {
    for (const key of keys) {
      catalog.putObject(bucket, { key, type: "Normal", size: 1, etag: "0", crc: 0n, headers: {} }, []);
    }
  });
  return {
    page(query) {
      const page = readPage(catalog, bucket, { prefix: "", delimiter: "", marker: "", max: 1000, ...query });
      return { keys: page.objects.map(({ key }) => key), prefixes: page.commonPrefixes, next: page.next };
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** All pages of a listing, one after the other. */
function all({ page }: BareCatalog, query: Partial<PageQuery>): { keys: string[]; prefixes: string[] } {
  const keys: string[] = [];
  const prefixes: string[] = [];
  for (let marker: string | undefined = query.marker ?? ""; marker !== undefined;) {
    const part = page({ ...query, marker });
    keys.push(...part.keys);
    prefixes.push(...part.prefixes);
    marker = part.next;
  }
  return { keys, prefixes };
}

function inByteOrder(keys: string[]): string[] {
  const encoder = new TextEncoder();
  const hex = (key: string) =>
    encoder.encode(key).toHex?.() ?? Array.from(encoder.encode(key), (b) => b.toString(16).padStart(2, "0")).join("");
  return keys.toSorted((a, b) => hex(a) < hex(b) ? -1 : 1);
}

Deno.test("keys are listed in the order of their bytes", async () => {
  // UTF-16 has the last two the other way round.
  const keys = ["a", "A", "a/", "a/b", "a0", "b", "é", "e\u0301", "中", "\uffee", "😀", "a\u0000", "~"];
  await using catalog = await catalogOf(keys);
  assertEquals(all(catalog, {}).keys, inByteOrder(keys));
  for (const max of [1, 2, 3, 100]) assertEquals(all(catalog, { max }).keys, inByteOrder(keys));
  assertEquals(all(catalog, { prefix: "a/" }).keys, ["a/", "a/b"]);
  assertEquals(all(catalog, { prefix: "é" }).keys, ["é"]);
  assertEquals(
    all(catalog, { marker: "a/b" }).keys,
    inByteOrder(keys).filter((_, n) => n > inByteOrder(keys).indexOf("a/b")),
  );
  assertEquals(all(catalog, { marker: "a", prefix: "b" }).keys, ["b"]);
  assertEquals(catalog.page({ max: 0 }), { keys: [], prefixes: [], next: undefined });
});

Deno.test("common prefixes stand for what is under them, whatever the size of a page", async () => {
  const keys = ["a", "b/1", "b/2", "b/c/3", "b0", "c/", "d//x", "e"];
  await using catalog = await catalogOf(keys);
  for (const max of [1, 2, 3, 100]) {
    assertEquals(all(catalog, { delimiter: "/", max }), { keys: ["a", "b0", "e"], prefixes: ["b/", "c/", "d/"] });
    assertEquals(all(catalog, { delimiter: "/", prefix: "b/", max }), { keys: ["b/1", "b/2"], prefixes: ["b/c/"] });
    assertEquals(all(catalog, { delimiter: "/", prefix: "d/", max }), { keys: [], prefixes: ["d//"] });
    assertEquals(all(catalog, { delimiter: "0", max }).prefixes, ["b0"]);
  }
  // From within what a common prefix stands for, the rest of it is still to come.
  assertEquals(catalog.page({ delimiter: "/", marker: "b/1", max: 1 }).prefixes, ["b/"]);
});

Deno.test("a hundred thousand objects are listed page by page, fast", async () => {
  const keys = Array.from({ length: 100_000 }, (_, n) => `cross_comm/client${n % 50}/${1e12 + n}_name`);
  await using catalog = await catalogOf(keys);
  const start = performance.now();
  assertEquals(all(catalog, {}).keys.length, 100_000);
  assertEquals(all(catalog, { delimiter: "/" }), { keys: [], prefixes: ["cross_comm/"] });
  assertEquals(all(catalog, { delimiter: "/", prefix: "cross_comm/" }).prefixes.length, 50);
  assertEquals(all(catalog, { prefix: "cross_comm/client7/" }).keys.length, 2000);
  for (let n = 0; n < 100; n++) catalog.page({ prefix: "cross_comm/client49/", marker: keys[49 + 50 * n]!, max: 10 });
  assert(performance.now() - start < 10_000, "a listing reads what it does not need");
});

Deno.test("listings of both versions say where to go on", async () => {
  await using test = await openStore();
  for (const key of ["a&", "b/1", "b/2", "c\u0001"]) await codeOf(test.owner.put(key, "x"));
  const list = async (query: Record<string, string>, subresources: Record<string, string> = {}) =>
    (await test.owner.send({ path: `/${BUCKET}/`, query, subresources })).text();
  const textOf = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  const v1 = await list({ "max-keys": "2", delimiter: "/" });
  assertEquals([textOf(v1, "NextMarker"), textOf(v1, "IsTruncated"), textOf(v1, "Key")], ["b/", "true", "a&amp;"]);
  const v2 = await list({ "list-type": "2", "max-keys": "2", "encoding-type": "url" });
  assertEquals([textOf(v2, "KeyCount"), textOf(v2, "Key"), textOf(v2, "Owner")], ["2", "a%26", undefined]);
  const token = textOf(v2, "NextContinuationToken")!;
  const rest = await list({ "list-type": "2", "encoding-type": "url" }, { "continuation-token": token });
  assertEquals([...rest.matchAll(/<Key>([^<]*)/g)].map(([, key]) => key), ["b%2F2", "c%01"]);
  const refused: Record<string, string>[] = [{ "max-keys": "1001" }, { "max-keys": "x" }, { "encoding-type": "x" }];
  for (const query of refused) assertEquals(textOf(await list(query), "Code"), "InvalidArgument");
  assertEquals(textOf(await list({ "list-type": "2" }, { "continuation-token": "?" }), "Code"), "InvalidArgument");
});
