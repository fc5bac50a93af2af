import { assertEquals, assertStringIncludes } from "@std/assert";
import { frameLimitIn, loginAccepted, loginOffer, loginRefused, refusalIn } from "../../lib/protocol/login.ts";

const MIB = 1024 * 1024;

Deno.test("Python, Java and Swift say nothing about frames", () => {
  for (const content of [{}, "{}", null, 5, "garbage", [], { status: "success" }, { limits: 5 }, { limits: {} }]) {
    assertEquals(frameLimitIn(content), undefined, JSON.stringify(content));
  }
});

Deno.test("a limit that makes no sense is as good as none", () => {
  for (const bytes of [0, -5, "64", null, NaN]) {
    assertEquals(frameLimitIn({ limits: { frame_bytes: bytes } }), undefined);
  }
});

Deno.test("both of ours tell the largest frame that they accept", () => {
  assertEquals(frameLimitIn(JSON.parse(loginOffer)), 64 * MIB);
  assertEquals(frameLimitIn(JSON.parse(loginAccepted())), 64 * MIB);
  assertEquals(frameLimitIn('{"limits": {"frame_bytes": 5000}}'), 5000);
});

Deno.test("an answer lets in if its status says so, as an object or as a string", () => {
  for (const content of [JSON.parse(loginAccepted()), { status: "success" }, '{"status": "success"}']) {
    assertEquals(refusalIn(content), undefined);
  }
});

Deno.test("an answer that does not let in says why", () => {
  assertEquals(
    refusalIn(JSON.parse(loginRefused("reserved_id", "the id all has a meaning"))),
    "the id all has a meaning",
  );
  assertStringIncludes(refusalIn({ status: "nope" })!, '{"status":"nope"}');
  for (const content of [{}, null, 5, "garbage"]) assertStringIncludes(refusalIn(content)!, "the hub answered");
});
