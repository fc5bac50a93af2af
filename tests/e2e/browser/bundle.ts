const root = new URL("../../../", import.meta.url);

/** Bundles a module of ours and all it imports, minified, for browsers. esbuild comes from the npm registry. */
export async function bundleForBrowser(path: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", path],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(`deno bundle failed on ${path}:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
