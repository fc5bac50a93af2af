import { run } from "../support/command.ts";

/** A Deno whose `deno compile` finds a base binary: the runtime that it puts before the program. */
export interface Compiler {
  /** The command line of that Deno. */
  deno: [string, ...string[]];
  env: Record<string, string>;
}

/** A program made by `deno compile` of Deno 2.4.2, which serves as its base binary, on the npm registry. */
const fromNpm = {
  name: "@vltpkg/cli-linux-x64@0.0.0-18",
  integrity: "sha512-eQvsTLNKsoA/sH80Nn1iEKu+Lh24kmbB97dDjhn34py23Xc6+/uI48UNG2k/TQFIcVf7Sckwnrk80L00Hx1eXA==",
  file: "package/vlt",
  deno: "2.4.2",
};

/** For what may have to be downloaded first. */
const timeoutMs = 300_000;

/** A Deno that can compile on this machine, or why there is none. What has to be downloaded goes to `folder`. */
export async function findCompiler(folder: string): Promise<Compiler | { whyNone: string }> {
  const ways: [string, () => Compiler | Promise<Compiler>][] = [
    // It takes the base binary that DENORT_BIN names, or downloads one.
    [`Deno ${Deno.version.deno}`, () => ({ deno: [Deno.execPath()], env: {} })],
    [`Deno ${fromNpm.deno} and ${fromNpm.name}`, () => npmCompiler(folder)],
  ];
  const failures: string[] = [];
  for (const [name, get] of ways) {
    try {
      const compiler = await get();
      await probe(compiler, folder);
      return compiler;
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
  }
  return { whyNone: failures.join("\n") };
}

async function npmCompiler(folder: string): Promise<Compiler> {
  const { os, arch } = Deno.build;
  if (os !== "linux" || arch !== "x86_64") throw new Error(`it is for Linux on x86_64, and this is ${os} on ${arch}`);
  const packed = await run("npm", ["pack", "--silent", "--json", fromNpm.name], { cwd: folder, timeoutMs });
  const [{ filename, integrity }] = JSON.parse(packed);
  if (integrity !== fromNpm.integrity) throw new Error(`the package is not the known one, but ${integrity}`);
  await run("tar", ["-xzf", filename, fromNpm.file], { cwd: folder, timeoutMs });
  return {
    deno: ["npx", "-y", `deno@${fromNpm.deno}`],
    env: {
      DENORT_BIN: `${folder}/${fromNpm.file}`,
      // For networks with a certificate authority of their own: newer Denos look there of themselves.
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla",
    },
  };
}

/** Throws where the compiler makes no program that runs: it does not notice a base binary of another version. */
async function probe({ deno: [program, ...args], env }: Compiler, folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/probe.ts`, "console.log('works');");
  const output = `${folder}/${executable("probe")}`;
  const compile = ["compile", "--quiet", "--no-config", "--output", output, "probe.ts"];
  await run(program, [...args, ...compile], { cwd: folder, env, timeoutMs });
  const printed = await run(output, [], { cwd: folder, env: { TMPDIR: folder } });
  if (printed !== "works") throw new Error(`its programs do not run: they print ${printed}`);
}

/** What a program's file is called here. */
export function executable(name: string): string {
  return Deno.build.os === "windows" ? `${name}.exe` : name;
}
