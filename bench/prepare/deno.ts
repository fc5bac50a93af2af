/** Hubs that are a script for Deno. */

import type { Launch } from "../hub_process.ts";
import type { Ready } from "../contenders.ts";

export const DENO = `Deno ${Deno.version.deno}`;

export function denoScript(file: string): Promise<Ready> {
  const path = `${import.meta.dirname}/../contenders/${file}`;
  const launch: Launch = (port) => ({
    program: Deno.execPath(),
    args: ["run", "--no-config", "--allow-net=127.0.0.1", path, String(port)],
  });
  return Promise.resolve({ version: DENO, launch });
}
