/** Makes the Python that the interop tests run: a virtual environment with the real pywayne in it. */

const LEAST_PYTHON = [3, 11] as const;
const windows = Deno.build.os === "windows";

let made: Promise<string> | undefined;

/**
 * The path of a Python that can import `pywayne.cross_comm`: `.venv` at the root of the repository, made on the first
 * call and used again as long as requirements.txt stays the same.
 */
export function pythonWithPywayne(): Promise<string> {
  return made ??= makeEnvironment();
}

async function makeEnvironment(): Promise<string> {
  const root = await Deno.realPath(`${import.meta.dirname}/../..`);
  const environment = `${root}/.venv`;
  const python = windows ? `${environment}/Scripts/python.exe` : `${environment}/bin/python`;
  const requirements = `${import.meta.dirname}/requirements.txt`;
  // A copy of the requirements, written last, says what is installed, and that it is complete.
  const installed = `${environment}/installed-requirements.txt`;
  const wanted = await Deno.readTextFile(requirements);
  const ready = async () => await exists(python) && await readIfThere(installed) === wanted;

  if (await ready()) return python;

  // `deno test --parallel` gets here several times at once: one makes the environment, the others wait for it. The
  // system drops the lock with the process, so that an interrupted run leaves nothing to clean up.
  using lock = await Deno.open(requirements);
  await lock.lock(true);
  if (await ready()) return python;

  console.error("interop tests: installing pywayne into .venv (once; about 400 MB, takes a minute or so) …");
  await checkPythonVersion();
  if (!await exists(python)) {
    // What there is of it is of no use, such as links to a Python that is gone. Python clears it away: Deno may not
    // touch a folder with a program in it that it has been allowed to run.
    const advice = "Install Python's venv module (Debian: `apt install python3-venv`).";
    await run("python3", ["-m", "venv", "--clear", environment], advice);
  }
  await run(
    python,
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", requirements],
    "pip has to reach a Python package index; its settings (PIP_INDEX_URL, pip.conf) apply.",
  );
  await run(python, ["-c", "import pywayne.cross_comm"], "tests/interop/requirements.txt misses something.");
  await Deno.writeTextFile(installed, wanted);
  return python;
}

async function checkPythonVersion() {
  const least = LEAST_PYTHON.join(".");
  const advice = `Install Python ${least} or newer as \`python3\`, or leave the interop tests out.`;
  const version = await run("python3", ["-c", "import sys; print(*sys.version_info[:2])"], advice);
  const [major = 0, minor = 0] = version.trim().split(" ").map(Number);
  if (major < LEAST_PYTHON[0] || (major === LEAST_PYTHON[0] && minor < LEAST_PYTHON[1])) {
    throw new Error(`The interop tests need Python ${least} or newer; python3 is ${major}.${minor}. ${advice}`);
  }
}

/** Runs a program to its end and returns what it printed; when it fails, throws what it complained about, and `advice`. */
async function run(program: string, args: string[], advice: string): Promise<string> {
  const command = new Deno.Command(program, { args, stdin: "null", ...cleanEnvironment() });
  let output: Deno.CommandOutput;
  try {
    output = await command.output();
  } catch (cause) {
    throw new Error(`The interop tests cannot start ${program}. ${advice}`, { cause });
  }
  const decoder = new TextDecoder();
  if (!output.success) {
    const complaint = (decoder.decode(output.stderr) + decoder.decode(output.stdout)).trim();
    throw new Error(`\`${program} ${args.join(" ")}\` failed. ${advice}\n${complaint}`);
  }
  return decoder.decode(output.stdout);
}

/** Runs a few lines of Python in the environment; returns what they print. */
export async function runPython(code: string, ...args: string[]): Promise<string> {
  return await run(await pythonWithPywayne(), ["-c", code, ...args], "It is a piece of the test that called it.");
}

/**
 * Our environment variables for a child, with `more` on top. Without those that name libraries to load: Deno asks for
 * the right to run any program to hand them on. UTF-8, whatever the locale.
 */
export function cleanEnvironment(more: Record<string, string> = {}): { clearEnv: true; env: Record<string, string> } {
  const own = Object.entries(Deno.env.toObject()).filter(([name]) => !/^(LD|DYLD)_/.test(name));
  return { clearEnv: true, env: { ...Object.fromEntries(own), PYTHONUTF8: "1", ...more } };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await Deno.readTextFile(path).catch(() => undefined);
}
