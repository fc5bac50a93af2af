import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  frameLimitIn,
  loginAccepted,
  loginRefused,
  protocolIn,
  refusalIn,
  sessionIn,
} from "../../lib/protocol/login.ts";
import { loginOffer, readLoginOffer } from "../../lib/protocol/login_offer.ts";

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
  assertEquals(frameLimitIn(JSON.parse(loginOffer())), 64 * MIB);
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

Deno.test("what a login offers reads as it was written", () => {
  const ours = { protocol: 2 as const, frameLimit: 64 * MIB };
  assertEquals(readLoginOffer(JSON.parse(loginOffer())), {
    ...ours,
    ...{ resume: undefined, token: undefined, presence: false },
  });
  const more = { resume: { session: "9f", received: 41 }, token: "secret", presence: true };
  assertEquals(readLoginOffer(loginOffer(more)), { ...ours, ...more });
});

Deno.test("an offer that makes no sense offers nothing", () => {
  const nothing = { protocol: 1, frameLimit: undefined, resume: undefined, token: undefined, presence: false } as const;
  const resumes = [5, {}, { session: "9f" }, { session: 5, received: 1 }, { session: "9f", received: -1 }];
  for (
    const content of [
      {},
      null,
      5,
      "garbage",
      { protocol: 3, token: 5, presence: 1 },
      ...resumes.map((resume) => ({ resume })),
    ]
  ) {
    assertEquals(readLoginOffer(content), nothing, JSON.stringify(content));
  }
});

Deno.test("an answer names the session, where it speaks version 2", () => {
  assertEquals(sessionIn({ protocol: 2, session: "9f", resumed: true, received: 17 }), {
    id: "9f",
    resumed: true,
    received: 17,
  });
  assertEquals(sessionIn({ protocol: 2, session: "9f" }), { id: "9f", resumed: false, received: 0 });
  for (const content of [{}, null, "garbage", { session: "9f" }, { protocol: 1, session: "9f" }, { protocol: 2 }]) {
    assertEquals(sessionIn(content), undefined, JSON.stringify(content));
  }
  assertEquals([protocolIn({ protocol: 2 }), protocolIn({ protocol: "2" }), protocolIn(5)], [2, 1, 1]);
});
