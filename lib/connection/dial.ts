import { CrossCommError } from "../protocol/errors.ts";

/** Where a hub is, and what opens its door. */
export interface Address {
  /** The URL as it may be shown. */
  readonly url: string;
  /** The URL with a user and a password where it was given with them. */
  readonly secretUrl: string;
  /** What proves who we are. */
  readonly token: string | undefined;
}

/**
 * Opens a WebSocket.
 *
 * @throws {CrossCommError} `CONNECTION_REFUSED`, `UNREACHABLE`, `LOGIN_REFUSED` or `WRONG_PROTOCOL`; what `signal` holds
 * once it fires.
 */
export async function dial({ url, secretUrl }: Address, signal: AbortSignal): Promise<WebSocket> {
  signal.throwIfAborted();
  const socket = new WebSocket(secretUrl);
  socket.binaryType = "arraybuffer";
  const opened = Promise.withResolvers<void>();
  const abort = () => {
    socket.close();
    opened.reject(signal.reason);
  };
  signal.addEventListener("abort", abort);
  socket.onopen = () => opened.resolve();
  socket.onerror = (event) => opened.reject((event as ErrorEvent).error ?? new Error("the WebSocket failed"));
  try {
    await opened.promise;
    return socket;
  } catch (cause) {
    throw signal.aborted ? cause : await explain(url, cause, signal);
  } finally {
    signal.removeEventListener("abort", abort);
    socket.onopen = socket.onerror = null;
  }
}

/** A WebSocket tells little of why it did not open, a browser's nothing at all: where we can, we look ourselves. */
async function explain(url: string, cause: unknown, signal: AbortSignal): Promise<CrossCommError> {
  const status = /status code: (\d+)/.exec(String(cause))?.[1];
  if (status === "429" || status === "503") {
    const message = `${url} takes no more connections for now (HTTP status ${status}): try again later`;
    return new CrossCommError("UNREACHABLE", message, { cause });
  }
  if (status === "403") {
    const message = `${url} does not let this program in (HTTP status 403): see what it allows with --allow-origin`;
    return new CrossCommError("LOGIN_REFUSED", message, { cause });
  }
  if (status !== undefined) {
    return new CrossCommError(
      "WRONG_PROTOCOL",
      `${url} answers, but is no hub (HTTP status ${status}): check the address and the port`,
      { cause },
    );
  }
  const why = await reasonOfTcp(new URL(url), signal);
  signal.throwIfAborted();
  if (why instanceof Error && why.name === "ConnectionRefused") {
    return new CrossCommError(
      "CONNECTION_REFUSED",
      `nothing listens at ${url}: start the hub, or check the address and the port`,
      { cause },
    );
  }
  if (why === "open") {
    return new CrossCommError("WRONG_PROTOCOL", `${url} accepts connections, but is no hub: check the port`, { cause });
  }
  const detail = (why ?? cause) instanceof Error ? ((why ?? cause) as Error).message : String(cause);
  return new CrossCommError("UNREACHABLE", `${url} cannot be reached (${detail}): check the address and the network`, {
    cause,
  });
}

/** How a bare TCP connection fares; `undefined` where there is none to be had, as in a browser. */
async function reasonOfTcp(
  { protocol, hostname, port }: URL,
  signal: AbortSignal,
): Promise<"open" | Error | undefined> {
  if (typeof Deno === "undefined") return undefined;
  try {
    const connection = await Deno.connect({
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port || (protocol === "wss:" ? 443 : 80)),
      signal,
    });
    connection.close();
    return "open";
  } catch (error) {
    return error as Error;
  }
}
