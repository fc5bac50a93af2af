import { output } from "../prepare/output.ts";

/** What a hub or the generator opens besides connections. */
const OTHER_FILES = 200;

/** How many of `wanted` connections a process may have here. */
export async function room(wanted: number): Promise<number> {
  if (Deno.build.os === "windows") return wanted;
  const limit = Number(await output("sh", ["-c", "ulimit -n"])) - OTHER_FILES; // not a number where there is none
  if (!(limit < wanted)) return wanted;
  console.error(
    `  a process may have no more open files: ${limit} connections in place of ${wanted} (see \`ulimit -n\`)`,
  );
  return limit;
}
