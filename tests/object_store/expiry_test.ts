import { assert, assertEquals } from "@std/assert";
import { Catalog } from "../../lib/object_store/catalog.ts";
import { Database } from "../../lib/object_store/database.ts";
import { Expiry } from "../../lib/object_store/expiry.ts";
import { DEFAULT_SETTINGS } from "../../lib/object_store/settings.ts";
import { Rubbish } from "../../lib/object_store/rubbish.ts";
import { Uploads } from "../../lib/object_store/uploads.ts";

const CONTENT = { size: 1, etag: "x", crc: 1n };

Deno.test("others get their turn while what expires is removed, of however many parts it consists", async () => {
  const folder = await Deno.makeTempDir();
  await using _folder = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  await using database = await Database.open(`${folder}/index.sqlite`, false);
  const catalog: Catalog = new Catalog(database, () => {}, () => rubbish.found());
  const uploads = new Uploads(catalog);
  await using rubbish = new Rubbish(() => catalog.removeRubbish() || uploads.removeRubbish());
  catalog.addBucket("b");
  const bucket = catalog.bucket("b")!;
  const piece = () => ({ blob: crypto.randomUUID(), start: 0, length: 1 });
  for (const parts of [1000, ...new Array(10).fill(100)]) {
    const object = { key: piece().blob, type: "Normal" as const, headers: {}, ...CONTENT };
    catalog.putObject(bucket, object, Array.from({ length: parts }, piece));
    const upload = uploads.find(bucket, "k", uploads.add(bucket, "k", {}))!;
    catalog.change(() => {
      for (let number = 1; number <= parts; number++) uploads.addPart(upload, number, CONTENT, [piece()]);
    });
  }
  const count = () => database.get<{ count: number }>("SELECT count(*) AS count FROM pieces")!.count;
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  let [left, most] = [count(), 0];
  assertEquals(left, 4000);
  const settings = { ...DEFAULT_SETTINGS, folder, objectLifetime: -1, uploadLifetime: -1 };
  await using _expiry = new Expiry(settings, catalog, uploads);
  for (let before = left; left > 0; before = left) {
    left = count();
    most = Math.max(most, before - left);
    await turn();
  }
  assert(most < 1000, `${most} of 4000 pieces went at once`);
});
