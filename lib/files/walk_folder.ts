import { getLogger } from "@logtape/logtape";
import { join, sep } from "node:path";
import { numberedName, safeName } from "./safe_name.ts";
import { reading, readingNow } from "./source_file.ts";

const log = getLogger(["crosscomm", "files"]);

/** A file in a folder that is sent, or a folder in it that holds nothing. */
export interface FolderEntry {
  kind: "file" | "empty folder";
  /** Where it lies on this machine. */
  localPath: string;
  /** Where it lies in the folder, with `/` between names that every receiver takes. */
  path: string;
  size: number;
  /** When somebody last wrote to it, in milliseconds since 1970. */
  modified?: number;
}

/**
 * All that a folder holds. Links to files in the folder count as those files; other links, pipes and the like are left
 * out with a warning.
 */
export async function walkFolder(folder: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  const root = await reading(folder, () => Deno.realPath(folder));
  await walk(root, root, "", entries);
  return entries;
}

async function walk(root: string, folder: string, prefix: string, entries: FolderEntry[]): Promise<void> {
  // Sooner done than handed to another thread, as all here.
  const children = readingNow(folder, () => [...Deno.readDirSync(folder)]);
  const before = entries.length;
  const names = new Set<string>();
  for (const child of children) {
    const localPath = join(folder, child.name);
    const path = prefix + uniqueName(child.name, names);
    if (child.isDirectory) {
      await walk(root, localPath, `${path}/`, entries);
    } else {
      const file = child.isSymlink ? await linkedFile(root, localPath) : child.isFile ? localPath : undefined;
      if (file === undefined) {
        log.warn("{localPath} is not sent: it is neither a file nor a folder of this folder", { localPath });
        continue;
      }
      const { size, mtime } = readingNow(file, () => Deno.statSync(file));
      entries.push({ kind: "file", localPath: file, path, size, modified: mtime?.getTime() });
    }
  }
  if (entries.length === before && prefix !== "") {
    entries.push({ kind: "empty folder", localPath: folder, path: prefix.slice(0, -1), size: 0 });
  }
}

/** Two names that receivers do not take can become one that they do. */
function uniqueName(name: string, taken: Set<string>): string {
  const safe = safeName(name, false);
  let unique = safe;
  for (let number = 2; taken.has(unique); number++) unique = numberedName(safe, number);
  taken.add(unique);
  return unique;
}

/** The file in the folder that a link leads to, if it leads to one. */
async function linkedFile(root: string, link: string): Promise<string | undefined> {
  try {
    const path = await Deno.realPath(link);
    return path.startsWith(root + sep) && (await Deno.stat(path)).isFile ? path : undefined;
  } catch {
    return undefined; // it leads nowhere, in a circle, through a file, or where we may not look
  }
}
