import { assertEquals } from "@std/assert";
import { fitsPattern } from "../../lib/access/pattern.ts";

const cases: [pattern: string, fits: string[], not: string[]][] = [
  ["*", ["", "a", "a*b"], []],
  ["ann", ["ann"], ["Ann", "anna", "an", ""]],
  ["sensor-*", ["sensor-", "sensor-1"], ["sensor", "a sensor-1"]],
  ["*-cam", ["-cam", "front-cam"], ["front-cam2"]],
  ["a*b*c", ["abc", "aXbYc", "abbc", "abcbc"], ["ac", "acb", "abcd"]],
  ["ab*ba", ["abba", "ab-ba"], ["aba"]],
  ["a.c", ["a.c"], ["abc"]],
  ["**", ["", "x"], []],
  ["", [""], ["x"]],
];

for (const [pattern, fits, not] of cases) {
  Deno.test(`the pattern ${JSON.stringify(pattern)} fits what it should, and nothing else`, () => {
    assertEquals([...fits, ...not].filter((id) => fitsPattern(id, pattern)), fits);
  });
}

Deno.test("a pattern of a thousand stars is no more work than a thousand searches", () => {
  assertEquals(fitsPattern("a".repeat(256), `${"*a".repeat(1000)}*b`), false);
});
