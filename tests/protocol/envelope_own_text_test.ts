// What a receiver gets is the sender's own text: whatever JavaScript would make of the values in it.
import { assertEquals, assertStrictEquals } from "@std/assert";
import { readEnvelope } from "../../lib/protocol/envelope.ts";
import { frame, frameWithContent } from "../support/frame.ts";

function assertPassesUnchanged(contentJson: string): void {
  const text = frameWithContent(contentJson);
  // Not assertEquals: where it fails it compares, which takes minutes at these sizes.
  assertStrictEquals(readEnvelope(text).item.text === text, true, `changed: ${contentJson.slice(0, 100)}`);
}

Deno.test("numbers pass as they were written", () => {
  for (
    const number of ["9007199254740993", "123456789012345678901234567890", "1.0", "1", "-0", "-0.0", "1E5", "1e-400"]
  ) {
    assertPassesUnchanged(number);
  }
});

Deno.test("NaN and the infinities of Python pass, and can be parsed", () => {
  assertPassesUnchanged('[NaN, Infinity, -Infinity, {"NaN": NaN}, "NaN"]');
  assertEquals(
    readEnvelope(frameWithContent('[NaN, Infinity, -Infinity, {"NaN": NaN}, "NaN"]')).parseContent(),
    [NaN, Infinity, -Infinity, { NaN: NaN }, "NaN"],
  );
});

Deno.test("lone surrogates pass, escaped or not", () => {
  assertPassesUnchanged(String.raw`"\ud800 and \uDC00"`);
  assertPassesUnchanged('"\ud800"');
  assertEquals(readEnvelope(frameWithContent(String.raw`"\ud800"`)).parseContent(), "\ud800");
});

Deno.test("text in any script passes, escaped or not", () => {
  assertPassesUnchanged('"你好，世界 🌍 é \u2028 \u0085 \u007f"');
  assertPassesUnchanged(String.raw`"\u4f60\u597d \ud83c\udf0d \/ \b\f\n\r\t\" \\"`);
});

Deno.test("a nesting a million deep passes", () => {
  const depth = 1_000_000;
  assertPassesUnchanged("[".repeat(depth) + "]".repeat(depth));
  assertPassesUnchanged('{"a":'.repeat(depth) + "1" + "}".repeat(depth));
  assertPassesUnchanged('[{"a":'.repeat(depth / 2) + "1" + "}]".repeat(depth / 2));
});

Deno.test("50 MB pass", () => {
  const text = frameWithContent(`"${"x".repeat(50_000_000)}"`, { from_client_id: "big", to_client_id: "bob" });
  const envelope = readEnvelope(text);

  assertEquals(envelope.toClientId, "bob");
  assertStrictEquals(envelope.item.text === text, true);
});

Deno.test("an eighth key is left out, and each value stays in the sender's own text", () => {
  const extended = frameWithContent('{"b": 1.0, "a": [9007199254740993, NaN, "\\ud800"]}', { color: "red" });
  assertEquals(
    readEnvelope(extended.replace("1732250000.123", "1.732250000123E9")).item.text.replace(/_\w{8}"/, '_0"'),
    '{"msg_id":"a_1732250000123_0","from_client_id":"a","to_client_id":"server","msg_type":"text",' +
      '"content":{"b": 1.0, "a": [9007199254740993, NaN, "\\ud800"]},"timestamp":1.732250000123E9,"oss_key":null}',
  );
});

Deno.test("of a key that stands there twice the last counts, as in Python, and only it is passed on", () => {
  const twice = frame({ from_client_id: "a", content: 1 }).replace(
    "{",
    '{"from_client_id": "mallory", "content": 1.0, ',
  );
  const envelope = readEnvelope(twice);

  assertEquals(envelope.fromClientId, "a");
  assertEquals(envelope.parseContent(), 1);
  assertEquals(envelope.item.text.match(/from_client_id/g)?.length, 1);
  assertEquals(envelope.item.text.includes("mallory"), false);
});

Deno.test("a key that is escaped counts as that key", () => {
  const twice = frame({ from_client_id: "a" }).replace(/}$/, String.raw`, "from_client\u005fid": "b"}`);
  const envelope = readEnvelope(twice);

  assertEquals(envelope.fromClientId, "b");
  assertEquals(JSON.parse(envelope.item.text).from_client_id, "b");
});

Deno.test("an eighth key that would reach into an object's innards is left out like any other", () => {
  const text = frame({}).replace("{", '{"__proto__": {"content": "evil"}, "constructor": 1, ');
  const envelope = readEnvelope(text);

  assertEquals(envelope.parseContent(), "hi");
  assertEquals(Object.keys(JSON.parse(envelope.item.text)).length, 7);
});

Deno.test("an oss_key that was left out stays out when a frame is rewritten", () => {
  const envelope = readEnvelope(frame({ oss_key: undefined, eighth: 8 }));
  assertEquals(Object.keys(JSON.parse(envelope.item.text)).length, 6);
});
