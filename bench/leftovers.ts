/** What must be gone when a run ends, however it ends: processes, then the folders that they wrote to. */

export type Kind = "process" | "folder";

const leftovers: Record<Kind, Set<() => Promise<void>>> = { process: new Set(), folder: new Set() };
let ending = false;

/** Returns how to forget it, once it is gone. */
export function keep(kind: Kind, remove: () => Promise<void>): () => void {
  leftovers[kind].add(remove);
  return () => leftovers[kind].delete(remove);
}

/** Whether the run is about to exit: nothing may start any more. */
export function isEnding(): boolean {
  return ending;
}

export async function removeAll(): Promise<void> {
  ending = true;
  for (const kind of ["process", "folder"] as const) {
    await Promise.all([...leftovers[kind]].map((remove) => remove()));
  }
}

/** Removes it, or what there is of it. */
export async function removeFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
