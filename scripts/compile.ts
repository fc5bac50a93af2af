/**
 * Makes the program crosscomm, a single file. It is bundled first, for it starts a quarter earlier from one module than
 * from many. Where the program goes may be given, and then flags for both of Deno's commands, such as `--lock`.
 */
import { fileURLToPath } from "node:url";

const PERMISSIONS = ["net", "read", "write", "env", "sys=networkInterfaces,osRelease,statfs"];
/** In the project, where Deno finds what stands for `ali-oss`: that is left as it is, and loaded with the first file. */
const BUNDLE = ".compile/crosscomm.js";

const [output = "crosscomm", ...flags] = Deno.args;
const permissions = PERMISSIONS.map((name) => `--allow-${name}`);
await deno("bundle", "--platform", "deno", "--external", "ali-oss", "--output", BUNDLE, "cli.ts");
await deno("compile", "--no-prompt", ...permissions, "--output", output, BUNDLE);

async function deno(command: string, ...args: string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [command, "--quiet", ...flags, ...args],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (code !== 0) Deno.exit(code);
}
