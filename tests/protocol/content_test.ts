import { assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeContent, encodeContent } from "../../lib/protocol/content.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { CommMsgType } from "../../lib/protocol/message_types.ts";

/** The sentence with which content is not taken for sending. */
function refusal(type: CommMsgType, content: unknown): string {
  const error = assertThrows(() => encodeContent(type, content), CrossCommError, undefined, Deno.inspect(content));
  assertEquals(error.code, "INVALID_CONTENT");
  return error.message;
}

/** What the receiver of `content` gets, once it has been on the wire. */
function sendAndReceive<T extends CommMsgType>(type: T, content: unknown) {
  return decodeContent(type, JSON.parse(encodeContent(type, content)));
}

Deno.test("text arrives as it was, in any script and with lone surrogates", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => assertEquals(sendAndReceive("text", text), text)));
  assertEquals(sendAndReceive("text", "\ud800"), "\ud800");
  assertEquals(sendAndReceive("text", ""), "");
});

Deno.test("text that is no string is refused", () => {
  assertStringIncludes(refusal("text", 5), "a text message takes a string, not a value of type number");
  assertStringIncludes(refusal("text", null), "not null");
  assertStringIncludes(refusal("text", ["a"]), "not an array");
  assertStringIncludes(refusal("text", undefined), "not a value of type undefined");
});

Deno.test("json is on the wire as a string that holds JSON", () => {
  assertEquals(encodeContent("json", { a: [1, null] }), String.raw`"{\"a\":[1,null]}"`);
  assertEquals(encodeContent("json", 5), '"5"');
  assertEquals(encodeContent("json", null), '"null"');
});

Deno.test("json given as a string is sent to the letter, and has to parse", () => {
  const json = '{ "big": 123456789012345678901234567890, "one": 1.0 }';
  assertEquals(sendAndReceive("json", json), json);
  assertStringIncludes(refusal("json", "{'a': 1}"), "this string does not parse");
  assertStringIncludes(refusal("json", ""), "this string does not parse");
  assertInstanceOf(assertThrows(() => encodeContent("json", "{"), CrossCommError).cause, SyntaxError);
});

Deno.test("json arrives as a string, whatever the value was", () => {
  fc.assert(fc.property(fc.jsonValue().filter((value) => typeof value !== "string"), (value) => {
    assertEquals(JSON.parse(sendAndReceive("json", value)), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("a dict is on the wire as an object, and arrives as one", () => {
  assertEquals(encodeContent("dict", { a: { b: [1] } }), '{"a":{"b":[1]}}');
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (dict) => {
    assertEquals(sendAndReceive("dict", dict), JSON.parse(JSON.stringify(dict)));
  }));
});

Deno.test("a dict of Java and Swift, a string that holds the object, arrives as an object", () => {
  assertEquals(decodeContent("dict", '{"temperature": 21.5, "unit": "°C"}'), { temperature: 21.5, unit: "°C" });
});

Deno.test("a dict of Python with NaN in it arrives, even in a string", () => {
  assertEquals(decodeContent("dict", '{"a": NaN, "b": [-Infinity]}'), { a: NaN, b: [-Infinity] });
});

Deno.test("a dict that is no object is refused", () => {
  for (const content of [[1], "text", '{"a":1}', 5, true, null, undefined, new Date(0), new Uint8Array(2)]) {
    assertStringIncludes(refusal("dict", content), "a dict message takes");
  }
  assertStringIncludes(refusal("dict", new Date(0)), "an object, not a Date");
  assertStringIncludes(refusal("dict", new Uint8Array(2)), "not a Uint8Array");
});

Deno.test("what JSON would lose without a word is refused, with the key that it stands under", () => {
  const lost: [value: unknown, what: string][] = [
    [NaN, "number NaN"],
    [Infinity, "number Infinity"],
    [10n, "bigint 10"],
    [Symbol("s"), "Symbol(s)"],
    [() => 1, "function"],
    [new Map([[1, 2]]), "a Map"],
    [new Set([1]), "a Set"],
  ];
  for (const type of ["dict", "json"] as const) {
    for (const [value, what] of lost) {
      const sentence = refusal(type, { deep: [{ "the key": value }] });
      assertStringIncludes(sentence, what);
      assertStringIncludes(sentence, 'under the key "the key"');
    }
  }
});

Deno.test("an object that contains itself is refused", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  assertStringIncludes(refusal("dict", circle), "circular");
});

Deno.test("an object that is nested too deeply for JSON is refused", () => {
  let nested: object = {};
  for (let depth = 0; depth < 100_000; depth++) nested = { nested };
  for (const type of ["dict", "json"] as const) assertStringIncludes(refusal(type, nested), "nested too deeply");
});

Deno.test("json of nothing at all is refused", () => {
  assertStringIncludes(refusal("json", undefined), "a value that JSON can hold");
});

Deno.test("bytes are on the wire as base64, as Python writes it, and arrive as bytes", () => {
  assertEquals(encodeContent("bytes", new Uint8Array([0, 0xfb, 0xff, 0xbf])), '"APv/vw=="');
  assertEquals(sendAndReceive("bytes", new Uint8Array([1, 2, 3]).buffer), new Uint8Array([1, 2, 3]));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    assertEquals(sendAndReceive("bytes", bytes), new Uint8Array(bytes));
  }));
});

Deno.test("of a view on a larger buffer only the view is sent", () => {
  assertEquals(sendAndReceive("bytes", new Uint8Array([1, 2, 3, 4]).subarray(1, 3)), new Uint8Array([2, 3]));
});

Deno.test("a megabyte of bytes arrives", () => {
  const bytes = new Uint8Array(1_000_000).map((_, index) => index % 251);
  assertEquals(sendAndReceive("bytes", bytes).every((byte, index) => byte === index % 251), true);
});

Deno.test("bytes that are none are refused", () => {
  for (const content of ["text", [1, 2], 5, null, new Uint16Array(2), new DataView(new ArrayBuffer(2))]) {
    assertStringIncludes(refusal("bytes", content), "a bytes message takes a Uint8Array or an ArrayBuffer");
  }
});

Deno.test("paths of files arrive as they were", () => {
  for (const type of [CommMsgType.FILE, CommMsgType.IMAGE, CommMsgType.FOLDER]) {
    assertEquals(decodeContent(type, "C:\\photos\\é.png"), "C:\\photos\\é.png");
  }
});

Deno.test("text that a stranger sent as another JSON value arrives as its JSON", () => {
  assertEquals(decodeContent("text", 5), "5");
  assertEquals(decodeContent("json", { a: 1 }), '{"a":1}');
});

Deno.test("content that cannot be read as its type is refused with what is wrong", () => {
  const sentence = (type: CommMsgType, content: unknown) => {
    const error = assertThrows(() => decodeContent(type, content), CrossCommError, undefined, Deno.inspect(content));
    assertEquals(error.code, "INVALID_FRAME");
    return error.message;
  };
  for (const content of ["not json", "{", ""]) assertStringIncludes(sentence("dict", content), "does not parse");
  for (const content of ["[1]", "5", "null", [1], 5, null, true]) {
    assertStringIncludes(sentence("dict", content), "is not an object");
  }
  for (const content of ["a", "a*b=", "not base64!", {}, 5]) {
    assertStringIncludes(sentence("bytes", content), "is not base64");
  }
});

Deno.test("bytes that a stranger sent as another JSON value are refused", () => {
  for (const content of [null, true, 1234, ["aGk="]]) {
    const error = assertThrows(() => decodeContent("bytes", content), CrossCommError, "is not base64");
    assertEquals(error.code, "INVALID_FRAME");
  }
});

Deno.test(
  "bytes inside a dict are refused, for JSON would make an object of numbers of them, or an empty one",
  () => {
    for (const bytes of [new Uint8Array(2), new ArrayBuffer(2), new DataView(new ArrayBuffer(2))]) {
      assertStringIncludes(refusal("dict", { photo: bytes }), 'under the key "photo"');
      assertStringIncludes(refusal("json", [bytes]), 'under the key "0"');
    }
    assertStringIncludes(refusal("dict", new ArrayBuffer(2)), "a dict message takes");
  },
);
