const root = new URL("../../../", import.meta.url);

/** A module as browsers load it: the files that it is split into, and which of them are loaded at once. */
export interface Bundle {
  /** The text of each file, by its name. */
  files: Map<string, string>;
  /** The file to load, and those that it loads at once. What is imported later, if ever, is not among them. */
  atOnce: string[];
}

/**
 * Bundles a module of ours and all it imports, minified, for browsers, as web bundlers do: what is imported
 * dynamically becomes files of its own. esbuild comes from the npm registry.
 */
export async function bundleForBrowser(path: string): Promise<Bundle> {
  const folder = await Deno.makeTempDir();
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform", "browser", "--minify", "--code-splitting", "--outdir", folder, path],
      cwd: root,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) throw new Error(`deno bundle failed on ${path}:\n${new TextDecoder().decode(stderr)}`);
    const files = new Map<string, string>();
    for await (const { name } of Deno.readDir(folder)) {
      files.set(name, await Deno.readTextFile(`${folder}/${name}`));
    }
    const entry = path.split("/").at(-1)!.replace(/\.ts$/, ".js");
    return { files, atOnce: [...closure(entry, files)] };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function closure(name: string, files: Map<string, string>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next] of files.get(name)!.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) {
    closure(next!, files, found);
  }
  return found;
}
