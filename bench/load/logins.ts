/** Many clients that connect and log in, some at a time, and stay. */

import { RawSocket } from "./raw_socket.ts";

const AT_A_TIME = 32;
/** Enough for the handshake's answer: these clients receive nothing else. */
const BUFFER_SIZE = 4_096;

export interface Crowd {
  sockets: RawSocket[];
  seconds: number;
  close(): void;
}

/** `count` clients, or as many as are in by `limitMs`. */
export async function logInMany(port: number, prefix: string, count: number, limitMs = Infinity): Promise<Crowd> {
  const sockets: RawSocket[] = [];
  const close = () => sockets.forEach((socket) => socket.close());
  const start = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count && performance.now() - start < limitMs) {
      sockets.push(await RawSocket.logIn(port, `${prefix}-${next++}`, BUFFER_SIZE));
    }
  };
  const results = await Promise.allSettled(Array.from({ length: AT_A_TIME }, worker));
  const seconds = (performance.now() - start) / 1_000;
  for (const result of results) {
    if (result.status === "rejected") {
      close();
      throw result.reason;
    }
  }
  return { sockets, seconds, close };
}
