import { reachableHost } from "../protocol/host.ts";

/** How long, in ms, a knock may stay unanswered, and how long after it the answer may have come unseen. */
const [PATIENCE_MS, GRACE_MS] = [2_000, 200];

const KNOCK = new TextEncoder().encode("GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");

/**
 * Whether nobody answers any more at an address that this program listens at: once the system has refused it an open
 * file for a connection, Deno takes no further ones, for good and without a word. Where the program may not knock at its
 * own door, or cannot just now, that is not known.
 */
export async function isDeaf(address: string, port: number): Promise<boolean> {
  const host = reachableHost(address);
  let knock: Deno.TcpConn;
  try {
    // Asked first, or Deno would ask whoever sits at the terminal.
    if (Deno.permissions.querySync({ name: "net", host: `${host}:${port}` }).state !== "granted") return false;
    knock = await Deno.connect({ hostname: host.replace(/[[\]]/g, ""), port });
  } catch {
    return false;
  }
  let isAnswered = true;
  const giveUp = () => {
    isAnswered = false;
    knock.close();
  };
  // Where the program itself stood still, what has come is read after the first of the two.
  let timer = setTimeout(() => timer = setTimeout(giveUp, GRACE_MS), PATIENCE_MS);
  try {
    await knock.write(KNOCK);
    await knock.read(new Uint8Array(1)); // with TLS that it is no greeting, which will do
  } catch {
    // Cut off, which is an answer, or given up.
  }
  clearTimeout(timer);
  if (isAnswered) knock.close();
  return !isAnswered;
}
