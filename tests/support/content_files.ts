import { dirname, join } from "node:path";

/** How many files of content lie in the store of a hub. */
export function contentFiles({ clientsFile }: { clientsFile: string }): number {
  const content = join(dirname(clientsFile), "cross_comm_store/content");
  let files = 0;
  for (const { name } of Deno.readDirSync(content)) files += Array.from(Deno.readDirSync(`${content}/${name}`)).length;
  return files;
}
