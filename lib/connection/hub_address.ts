import { CrossCommError } from "../protocol/errors.ts";
import { reachableHost } from "../protocol/host.ts";
import type { Address } from "./dial.ts";

/**
 * Where a hub is.
 *
 * @throws {CrossCommError} `INVALID_ARGUMENT` where the URL is none of a hub.
 */
export function hubAddress({ url, ip, port, token }: Place): Address {
  const secretUrl = url ?? `ws://${reachableHost(ip).replaceAll("/", "%2F")}:${port}`;
  const shown = secretUrl.replace(/^(wss?:\/\/)[^/?]*@/, "$1");
  if (!URL.canParse(secretUrl) || !/^wss?:\/\/[^#]*$/.test(secretUrl)) {
    throw new CrossCommError(
      "INVALID_ARGUMENT",
      `${shown} is no address of a hub: it looks like ws://192.168.1.5:9898`,
    );
  }
  const { password } = new URL(secretUrl);
  return { url: shown, secretUrl, token: token ?? tokenIn(password) };
}

function tokenIn(password: string): string | undefined {
  try {
    return decodeURIComponent(password) || undefined;
  } catch {
    return password; // with a percent sign of its own
  }
}

/** A hub's address as a program names it: the URL counts where there is one. */
interface Place {
  url?: string;
  ip: string;
  port: number;
  token?: string;
}
