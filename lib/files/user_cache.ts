import { join } from "node:path";
import { readVariable } from "./environment.ts";

/** The folder for what programs keep for a user and could do without; `undefined` where the environment names none. */
export function userCacheFolder(): string | undefined {
  if (Deno.build.os === "windows") return readVariable("LOCALAPPDATA") || undefined;
  const cache = Deno.build.os === "darwin" ? undefined : readVariable("XDG_CACHE_HOME");
  if (cache) return cache;
  const home = readVariable("HOME");
  if (!home) return undefined;
  return join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache");
}
