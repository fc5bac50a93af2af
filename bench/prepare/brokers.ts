/** Brokers from the system's packages, on WebSockets. */

import type { Ready } from "../contenders.ts";
import { output, type OutputOptions } from "./output.ts";

export async function nats(): Promise<Ready> {
  const version = await installedVersion("nats-server", ["--version"]);
  return {
    version: `NATS ${/[\d.]+/.exec(version)}`,
    launch: (port, folder) => ({
      program: "nats-server",
      args: [
        "--config",
        write(`${folder}/nats.conf`, [
          "host: 127.0.0.1",
          "port: -1", // its own protocol without WebSocket, on any free port
          `websocket { host: 127.0.0.1, port: ${port}, no_tls: true }`,
          "max_payload: 2MB",
          `log_file: "${folder}/nats.log"`,
        ]),
      ],
    }),
  };
}

export async function mosquitto(): Promise<Ready> {
  const version = await installedVersion("mosquitto", ["-h"], { status: 3 });
  return {
    version: `Mosquitto ${/[\d.]+/.exec(version)}`,
    launch: (port, folder) => ({
      program: "mosquitto",
      args: [
        "-c",
        write(`${folder}/mosquitto.conf`, [
          "user root", // whoever starts it is whom it stays
          `listener 0 ${folder}/mosquitto.socket`, // it gives up where there are WebSockets alone
          `listener ${port} 127.0.0.1`,
          "socket_domain ipv4", // or it does not take the address for one
          "protocol websockets",
          "allow_anonymous true",
          "set_tcp_nodelay true",
          "max_queued_messages 100000", // it drops what is above
          "log_type error",
        ]),
      ],
    }),
  };
}

async function installedVersion(program: string, args: string[], options: OutputOptions = {}): Promise<string> {
  return await output(program, args, options).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`${program} is not installed: apt install ${program}`);
  });
}

function write(path: string, lines: string[]): string {
  Deno.writeTextFileSync(path, lines.join("\n") + "\n");
  return path;
}
