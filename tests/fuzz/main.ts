/**
 * Sends a hub bad frames and bad requests by the hundred thousand: `main.ts [--seed N] [--frames N] [--requests N]`.
 * A run that is given the seed of another sends the same.
 */
import { parseArgs } from "@std/cli/parse-args";
import { fuzzFrames, fuzzRequests } from "./run.ts";

const { seed, frames, requests } = parseArgs(Deno.args, {
  string: ["seed", "frames", "requests"],
  default: { seed: String(Date.now() % 2 ** 31), frames: "1000000", requests: "100000" },
});
console.log(`--seed ${seed}`);
if (Number(frames) > 0) console.log("frames", await fuzzFrames(Number(seed), Number(frames)));
if (Number(requests) > 0) console.log("requests", await fuzzRequests(Number(seed), Number(requests)));
