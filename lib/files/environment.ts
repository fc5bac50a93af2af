import { join } from "node:path";

/** A variable of the environment. Never asks for the permission: what may not be read is not set. */
export function readVariable(variable: string): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return undefined;
  return Deno.env.get(variable);
}

/** The folder for what programs keep for a user and could do without; `undefined` where the environment names none. */
export function userCacheFolder(): string | undefined {
  if (Deno.build.os === "windows") return readVariable("LOCALAPPDATA") || undefined;
  const cache = Deno.build.os === "darwin" ? undefined : readVariable("XDG_CACHE_HOME");
  if (cache) return cache;
  const home = readVariable("HOME");
  if (!home) return undefined;
  return join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache");
}
