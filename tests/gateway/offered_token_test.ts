import { assertEquals } from "@std/assert";
import { offeredToken } from "../../lib/gateway/offered_token.ts";

const basic = (text: string) => `Basic ${btoa(text)}`;
const cases: [header: string | undefined, token: string | undefined][] = [
  ["Bearer cct_1_x", "cct_1_x"],
  ["bearer  cct_1_x ", "cct_1_x"],
  [basic("user:cct_1_x"), "cct_1_x"],
  [basic(":cct_1_x"), "cct_1_x"],
  [basic("user:cct%5F1%5Fx"), "cct_1_x"],
  [basic("user:a:b"), "a:b"],
  [basic("user:100%"), "100%"],
  [basic("user"), undefined],
  ["OSS key:signature", undefined],
  ["OSS4-HMAC-SHA256 Credential=x", undefined],
  ["Bearer", undefined],
  ["Bearer a b", undefined],
  ["", undefined],
  [undefined, undefined],
];

for (const [header, token] of cases) {
  Deno.test(`Authorization: ${header} offers ${token ?? "no token"}`, () => {
    assertEquals(offeredToken(header), token);
  });
}
