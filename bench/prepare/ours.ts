/** Our own hub, as `deno task start` starts it. */

import { VERSION_2 } from "../framings/version_2.ts";
import { HubProcess, type Launch } from "../hub_process.ts";
import { RawSocket } from "../load/raw_socket.ts";
import type { Ready } from "../contenders.ts";
import { DENO } from "./deno.ts";

const ROOT = `${import.meta.dirname}/../..`;

/** What follows `server` on the command line. */
export function serverArguments(port: number, folder: string): string[] {
  return [
    ...["--ip", "127.0.0.1", "--port", String(port)],
    ...["--clients-file", `${folder}/clients.yaml`, "--store-folder", `${folder}/store`],
  ];
}

/** The permissions of `deno task start`. */
const PERMISSIONS = ["net", "read", "write", "env", "sys=networkInterfaces,osRelease,statfs"]
  .map((name) => `--allow-${name}`);

export async function ours(): Promise<Ready> {
  const main = await Deno.realPath(`${ROOT}/cli.ts`);
  const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const launch: Launch = (port, folder) => ({
    program: Deno.execPath(),
    args: ["run", "--no-prompt", ...PERMISSIONS, main, "server", ...serverArguments(port, folder)],
  });
  return { version: `crosscomm ${version} on ${DENO}`, launch };
}

/** The same hub, where it speaks version 2. */
export async function oursInVersion2(): Promise<Ready> {
  const ready = await ours();
  await using hub = await HubProcess.start(ready.launch);
  (await RawSocket.logIn(hub.port, "bench", { framing: VERSION_2 })).close();
  return ready;
}
