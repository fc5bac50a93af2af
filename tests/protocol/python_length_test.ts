import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { pythonExceeds } from "../../lib/protocol/python_length.ts";

/** A value as Python's `json.dumps` writes it, integers aside. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value).map(([key, inner]) => `${dumps(key)}: ${dumps(inner)}`).join(", ")}}`;
  }
  const json = JSON.stringify(value);
  return json.replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

Deno.test("a frame is measured as Python's hub will write it", () => {
  const cases: [json: string, python: string][] = [
    ['{"a":1,"b":[1,2]}', '{"a": 1, "b": [1, 2]}'],
    ['"é"', String.raw`"\u00e9"`],
    ['"😀"', String.raw`"\ud83d\ude00"`],
    [String.raw`"\"a\\\",:"`, String.raw`"\"a\\\",:"`],
    [String.raw`"\ud800"`, String.raw`"\ud800"`],
  ];
  for (const [json, python] of cases) {
    assertEquals(pythonExceeds(json, python.length - 1), true, json);
    assertEquals(pythonExceeds(json, python.length), false, json);
  }
});

Deno.test("any value is measured as Python would write it", () => {
  const strings = fc.string({ unit: "binary" }).filter((text) => !text.includes("\x7f"));
  const leaves = fc.oneof(strings, fc.integer(), fc.boolean(), fc.constant(null));
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaves,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(strings, tie("value"), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(fc.property(values, (value) => {
    const [json, { length }] = [JSON.stringify(value), dumps(value)];
    assertEquals([pythonExceeds(json, length - 1), pythonExceeds(json, length)], [true, false], json);
  }));
});

Deno.test("the control character 7f is six characters to Python", () => {
  assertEquals(pythonExceeds('"\x7f"', String.raw`"\u007f"`.length - 1), true);
});
