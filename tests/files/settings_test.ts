import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { NOTHING } from "../../lib/files/checked_bytes.ts";
import { readOssSettings } from "../../lib/files/oss_settings.ts";
import { OssStorage } from "../../lib/files/oss_storage.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { captureLog } from "../support/captured_log.ts";
import { startStore } from "./support/test_store.ts";

const FOUR = {
  OSS_ENDPOINT: "oss-cn-hangzhou.aliyuncs.com",
  OSS_BUCKET_NAME: "b",
  OSS_ACCESS_KEY_ID: "id",
  OSS_ACCESS_KEY_SECRET: "secret",
};

Deno.test("all four settings make a store, none make none, some are an error", () => {
  assertEquals(readOssSettings(FOUR), {
    endpoint: "oss-cn-hangzhou.aliyuncs.com",
    bucket: "b",
    accessKeyId: "id",
    accessKeySecret: "secret",
  });
  assertEquals(readOssSettings({ OTHER: "1", OSS_ENDPOINT: " " }), undefined);
  const error = assertThrows(() => readOssSettings({ ...FOUR, OSS_BUCKET_NAME: "" }), CrossCommError);
  assertEquals(error.code, "STORAGE_NOT_CONFIGURED");
  assertEquals(error.message.startsWith("OSS_BUCKET_NAME missing"), true);
});

for (
  const [what, wrong, sentence] of [
    ["bucket", ["A_B", "a", "../x", "a/b", "-ab", "bucket name", "x".repeat(64)], "is no name of a bucket"],
    ["endpoint", ["ftp://127.0.0.1", "http://", "http://[::1"], "is no address of a store"],
  ] as const
) {
  Deno.test(`a store whose ${what} cannot be one is said to be set up wrong, and nothing is asked of it`, async () => {
    await using test = await startStore();
    for (const value of wrong) {
      const storage = new OssStorage(() => ({ ...test.settings, [what]: value }));
      const error = await assertRejects(() => storage.put("key", NOTHING), CrossCommError, sentence);
      assertEquals(error.code, "STORAGE_NOT_CONFIGURED");
      assertStringIncludes(error.message, JSON.stringify(value));
    }
    assertEquals(test.requests, []);
  });
}

for (const host of ["127.0.0.1", "localhost", "http://127.0.0.1", "HTTP://localhost"]) {
  Deno.test(`a store is reached at ${host}`, async () => {
    await using test = await startStore();
    const storage = new OssStorage(() => ({ ...test.settings, endpoint: `${host}:${test.proxy.port}` }));
    assertEquals(await Array.fromAsync(storage.list("none/")), []);
  });
}

Deno.test("a list of more than a page is whole, with keys that XML and addresses dislike", async () => {
  await using test = await startStore();
  const keys = ["a&<b>", "a+b c", "a%2F", "文", "😀\r\n", ...Array.from({ length: 1100 }, (_, index) => `n${index}`)];
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => test.storage.put(`p/${key}`, NOTHING)));
  }
  const listed = await Array.fromAsync(test.storage.list("p/"), ({ key }) => key);
  assertEquals(listed.sort(), keys.map((key) => `p/${key}`).sort());
});

Deno.test("what is sent as an image and does not begin like one is sent with a warning", async () => {
  await using test = await startStore();
  await using log = await captureLog();
  await Deno.writeFile(test.path("a.png"), Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]));
  await Deno.writeTextFile(test.path("b.png"), "no image");
  await test.transfers("ann").send("image", test.path("a.png"));
  assertEquals(log.lines, []);
  const key = await test.transfers("ann").send("image", test.path("b.png"));
  await log.next("b.png", "image");
  assertEquals(await Deno.readTextFile(await test.transfers("b").receive("image", key, test.path("in"))), "no image");
});
