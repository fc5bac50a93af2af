/** The deployed hub. */

import { pythonWithPywayne, runPython } from "../../tests/interop/python_env.ts";
import type { Ready } from "../contenders.ts";
import type { Launch } from "../hub_process.ts";

export async function pywayne(): Promise<Ready> {
  const program = await pythonWithPywayne();
  const version = await runPython(
    "import sys, importlib.metadata as m; " +
      "print(m.version('pywayne'), 'on websockets', m.version('websockets'), 'on Python', sys.version.split()[0])",
  );
  const launch: Launch = (port) => ({
    program,
    args: [`${import.meta.dirname}/../contenders/pywayne_hub.py`, String(port)],
    // It makes an OSS client at the start and uses it for files alone: the address is never called.
    env: { OSS_ENDPOINT: "http://127.0.0.1:1", OSS_BUCKET_NAME: "bucket" },
  });
  return { version: `pywayne ${version.trim()}`, launch };
}
