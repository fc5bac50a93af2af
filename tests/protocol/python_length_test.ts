import { assertEquals } from "@std/assert";
import { pythonExceeds } from "../../lib/protocol/python_length.ts";

/** JSON texts, and their length after `json.dumps(json.loads(text))` in Python. */
const examples: [json: string, length: number][] = [
  ['{"a":1}', 8],
  ['"中"', 8],
  ['"🎉"', 14],
  ['{"a,b:c":[1,2,3]}', 20],
  ['"\\",:"', 6],
];

for (const [json, length] of examples) {
  Deno.test(`${json} is ${length} bytes once Python has written it anew`, () => {
    assertEquals(pythonExceeds(json, length), false);
    assertEquals(pythonExceeds(json, length - 1), true);
  });
}
