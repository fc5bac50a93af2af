// The program that `deno task compile` makes: all of it is in one file, with the permissions that it needs.
import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { parse } from "@std/yaml";
import { Command, run } from "../support/command.ts";
import { type Compiler, executable, findCompiler } from "./compiler.ts";

const root = new URL("../../", import.meta.url);
const windows = Deno.build.os === "windows";

Deno.test({
  name: "the compiled program",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "crosscomm-compiled-" });
    try {
      const compiler = await findCompiler(folder);
      const ignore = "whyNone" in compiler;
      if (ignore) console.log(`SKIPPED: there is no base binary for deno compile here.\n${compiler.whyNone}`);
      const program = `${folder}/${executable("crosscomm")}`;

      await t.step({ name: "is made by the task", ignore, fn: () => compile(compiler as Compiler, program) });
      await t.step({ name: "tells its version", ignore, fn: () => tellsVersion(program, folder) });
      await t.step({ name: "is a hub and its clients", ignore, fn: () => isHubAndClients(program, folder) });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Does what the task does, with a copy of the lock file: Deno 2.4 rewrites it. */
async function compile({ deno: [program, ...args], env }: Compiler, output: string): Promise<void> {
  const lock = `${output}.lock`;
  await Deno.copyFile(new URL("deno.lock", root), lock);
  const script = ["run", `--lock=${lock}`, "--allow-run", "scripts/compile.ts", output, `--lock=${lock}`];
  await run(program, [...args, ...script], { cwd: root, env, timeoutMs: 300_000 });
  assert((await Deno.stat(output)).isFile);
}

async function tellsVersion(program: string, folder: string): Promise<void> {
  assertEquals(await start(program, folder, "--version").end(), {
    code: 0,
    stdout: `crosscomm ${(await readConfig()).version}`,
    stderr: "",
  });
}

async function isHubAndClients(program: string, folder: string): Promise<void> {
  const clientsFile = `${folder}/clients.yaml`;
  await using hub = start(program, folder, "server --json --ip 127.0.0.1 --port 0 --clients-file", clientsFile);
  const { status, port } = JSON.parse(await hub.line());
  assertEquals(status, "listening");

  const here = `--ip 127.0.0.1 --port ${port}`;
  const json = async (command: string, ...more: string[]) => {
    const { code, stdout, stderr } = await start(program, folder, `${command} --json ${here}`, ...more).end();
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  };
  await using bob = start(program, folder, `listen --json --client-id bob --download got ${here}`);
  const online = async () => (await json("clients")).map(({ client_id, status }) => `${client_id} is ${status}`);
  const heard = bob.line(); // he says nothing until then, not even that he has logged in
  while ((await Promise.race([online(), heard])).length === 0);
  assertEquals(await online(), ["bob is online"]);

  assertObjectMatch((await json("send --client-id ann --to bob --type text", "你好 👋"))[0], { status: "delivered" });
  assertObjectMatch(JSON.parse(await heard), {
    from_client_id: "ann",
    to_client_id: "bob",
    msg_type: "text",
    content: "你好 👋",
  });

  // The OSS client is imported when the first file moves: it has to be inside all the same. The file
  // is large, so that several pieces of it are on their way at once.
  const film = crypto.getRandomValues(new Uint8Array(64 * 1024));
  await Deno.writeFile(`${folder}/film`, ReadableStream.from(Array(24 * 16).fill(film)));
  assertObjectMatch((await json("send --client-id ann --to bob --file film")).at(-1), { status: "delivered" });
  let arrived = JSON.parse(await bob.line());
  while (arrived.transfer !== undefined) arrived = JSON.parse(await bob.line()); // how far the download is
  const { msg_type, content } = arrived;
  assertEquals(msg_type, "file");
  assertEquals(await sha256(content), await sha256(`${folder}/film`));

  if (windows) return; // a Ctrl-C cannot be sent to one process there
  bob.interrupt();
  assertEquals(await bob.end(), { code: 0, stdout: "", stderr: "" });
  hub.interrupt();
  assertEquals((await hub.end()).code, 0);
  const remembered = parse(await Deno.readTextFile(clientsFile));
  assertObjectMatch(remembered as Record<string, unknown>, { ann: { status: "offline" }, bob: { status: "offline" } });
}

async function sha256(path: string): Promise<string> {
  return encodeHex(await crypto.subtle.digest("SHA-256", await Deno.readFile(path)));
}

/** Starts the program as on a machine that has nothing else: without our environment, and outside the project. */
function start(program: string, folder: string, words: string, ...more: string[]): Command {
  const systemRoot = Deno.env.get("SystemRoot"); // no program starts without it on Windows
  return new Command(program, [...words.split(" "), ...more], {
    cwd: folder,
    clearEnv: true,
    env: { TMPDIR: folder, TEMP: folder, ...systemRoot !== undefined && { SystemRoot: systemRoot } },
  });
}

async function readConfig() {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
}
