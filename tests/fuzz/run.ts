import { run } from "../support/command.ts";

/** Longer than any run takes: a hub that hangs is found out. In milliseconds. */
const TIMEOUT_MS = 3_600_000;

const PERMISSIONS = {
  frames: ["--allow-read", "--allow-write", "--allow-env", "--allow-sys=statfs"],
  requests: ["--allow-net=127.0.0.1", "--allow-read", "--allow-env", "--allow-run"],
};

/** What a run has to report. */
export type Report = Record<string, unknown>;

/** Sends a hub so many bad frames. Rejects where anything went wrong, with how to have it again. */
export function fuzzFrames(seed: number, frames: number): Promise<Report> {
  return fuzz("frames", seed, frames);
}

/** Sends a hub's process so many bad requests and WebSocket frames. Rejects as `fuzzFrames` does. */
export function fuzzRequests(seed: number, requests: number): Promise<Report> {
  return fuzz("requests", seed, requests);
}

async function fuzz(what: "frames" | "requests", seed: number, count: number): Promise<Report> {
  const main = `${import.meta.dirname}/${what}_main.ts`;
  const args = [
    ...["run", "--no-prompt", ...PERMISSIONS[what], "--v8-flags=--expose-gc", main],
    ...[String(seed), String(count)],
  ];
  try {
    return JSON.parse(await run(Deno.execPath(), args, { timeoutMs: TIMEOUT_MS }));
  } catch (cause) {
    throw new Error(`have it again with: deno task fuzz --seed ${seed} --${what} ${count}`, { cause });
  }
}
