import { fuzzFrames, fuzzRequests } from "./run.ts";

const seed = Date.now() % 2 ** 31;

Deno.test("20,000 bad frames harm nobody but their senders, and leave nothing behind", async () => {
  await fuzzFrames(seed, 20_000);
});

Deno.test("2,000 bad requests harm nobody, and leave nothing behind", async () => {
  await fuzzRequests(seed, 2_000);
});
