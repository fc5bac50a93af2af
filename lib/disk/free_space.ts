import process from "node:process";

/** Loaded when it is first asked for, because much comes with it: a hub starts earlier without. */
let statfsSync: typeof import("node:fs").statfsSync | undefined;

/** How to learn how many bytes of a folder's disk are free; `undefined` where the permission for it is missing. */
export function freeSpaceOf(folder: string): (() => number) | undefined {
  // Asked first, for without the permission Deno would ask whoever sits at the terminal.
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state !== "granted") return undefined;
  return () => {
    statfsSync ??= process.getBuiltinModule("node:fs").statfsSync;
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
}
