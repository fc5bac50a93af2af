import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Envelope, readEnvelope } from "../../lib/protocol/envelope.ts";
import { frame, frameWithContent } from "../support/frame.ts";

const TYPES = new Set([
  ...["text", "json", "dict", "bytes", "image", "file", "folder"],
  ...["login", "login_response", "logout", "heartbeat", "list_clients", "list_clients_response"],
]);

/** Whether a frame is good, judged by `JSON.parse`. */
function isGood(text: string): boolean {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    ["msg_id", "from_client_id", "to_client_id", "msg_type"].every((key) => typeof value[key] === "string") &&
    TYPES.has(value.msg_type) && Object.hasOwn(value, "content") && typeof value.timestamp === "number" &&
    (!Object.hasOwn(value, "oss_key") || value.oss_key === null || typeof value.oss_key === "string");
}

function read(text: string): Envelope | undefined {
  try {
    return readEnvelope(text);
  } catch {
    return undefined;
  }
}

/** A text, changed in a few places by what may turn JSON into other JSON, or into none. */
function mutationsOf(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pieces = [
    ...'{}[]:,"\\ \n\t\r\u0000\u001f\u007f\u00a0\u2028\ufeffé0123456789-+.eEuxtfnbNI/',
    ...[
      "true",
      "false",
      "null",
      "1.5e-3",
      '"a"',
      '"a":1',
      "\\u00e9",
      "\\ud800",
      "\ud800",
      '"content":1',
      "[[",
      "]]",
      ",,",
    ],
  ];
  const change = fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 3 }),
    added: fc.array(fc.constantFrom(...pieces), { maxLength: 2 }),
  });
  return fc.tuple(texts, fc.array(change, { minLength: 1, maxLength: 3 })).map(([text, changes]) =>
    changes.reduce((changed, { at, removed, added }) => {
      const index = at % (changed.length + 1);
      return changed.slice(0, index) + added.join("") + changed.slice(index + removed);
    }, text)
  );
}

const goodFrames = fc.record({
  from_client_id: fc.string({ unit: "binary" }),
  to_client_id: fc.string(),
  msg_type: fc.constantFrom(...TYPES),
  content: fc.jsonValue({ maxDepth: 4 }),
  timestamp: fc.double({ noNaN: true, noDefaultInfinity: true }),
  oss_key: fc.option(fc.string(), { nil: undefined }),
}).map(frame);

Deno.test("any JSON value can be the content, and comes out as JSON.parse has it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.boolean(), (content, spaced) => {
      const json = JSON.stringify(content, null, spaced ? "\t" : undefined);
      const text = frameWithContent(json);
      const envelope = readEnvelope(text);

      assertEquals(envelope.item.text, text);
      assertEquals(envelope.parseContent(), JSON.parse(json));
    }),
  );
});

Deno.test("any frame that JSON.stringify writes is read", () => {
  fc.assert(fc.property(goodFrames, (text) => {
    const { from_client_id, to_client_id, msg_type, content, timestamp, oss_key } = JSON.parse(text);
    const envelope = readEnvelope(text);

    assertEquals(
      [envelope.fromClientId, envelope.toClientId, envelope.msgType, envelope.timestamp, envelope.ossKey],
      [from_client_id, to_client_id, msg_type, timestamp, oss_key ?? null],
    );
    assertEquals(envelope.parseContent(), content);
  }));
});

Deno.test("a changed frame is accepted exactly where JSON.parse accepts it and it still is a message", () => {
  const seen = { good: 0, bad: 0 };
  fc.assert(
    fc.property(mutationsOf(goodFrames), (text) => {
      fc.pre(!/NaN|Infinity/.test(text)); // we take these, JSON.parse does not
      const envelope = read(text);

      seen[envelope === undefined ? "bad" : "good"]++;
      assertEquals(envelope !== undefined, isGood(text), text);
      if (envelope !== undefined) assertEquals(envelope.parseContent(), JSON.parse(text).content, text);
    }),
    { numRuns: 5000 },
  );
  assertEquals([seen.good > 100, seen.bad > 100], [true, true], `a lopsided sample: ${JSON.stringify(seen)}`);
});

Deno.test("what is passed on of a changed frame means the same, and has no more than the seven keys", () => {
  const keys = new Set(["msg_id", "from_client_id", "to_client_id", "msg_type", "content", "timestamp", "oss_key"]);
  fc.assert(
    fc.property(goodFrames, fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (text, extra) => {
      const members = JSON.stringify(extra).slice(1, -1);
      const extended = members === "" ? text : text.replace(/}$/, () => `,${members}}`);
      const passed = JSON.parse(readEnvelope(extended).item.text);
      const meant = Object.entries(JSON.parse(extended)).filter(([key]) => keys.has(key));

      assertEquals(passed, Object.fromEntries(meant));
    }),
  );
});

Deno.test("bare NaN and infinities are understood anywhere in a value, and nowhere in its strings", () => {
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(NaN, Infinity, -Infinity),
      fc.constantFrom("NaN", '"NaN"', "-Infinity", "\\", "Infinity,NaN"),
      fc.integer(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("NaN", "Infinity", "a"), tie("value"), { maxKeys: 3 }),
    ),
  })).value;
  fc.assert(fc.property(values, (value) => {
    assertEquals(readEnvelope(frameWithContent(pythonJson(value))).parseContent(), value);
  }));
});

/** JSON as Python's `json.dumps` writes it. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${
      Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${pythonJson(inner)}`).join(", ")
    }}`;
  }
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
