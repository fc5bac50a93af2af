import { statfsSync } from "node:fs";

/** How to learn how many bytes of a folder's disk are free; `undefined` where the permission for it is missing. */
export function freeSpaceOf(folder: string): (() => number) | undefined {
  // Asked first, for without the permission Deno would ask whoever sits at the terminal.
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state !== "granted") return undefined;
  return () => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
}
