import { CrossCommError } from "../protocol/errors.ts";
import { proxyHint } from "./proxy_hint.ts";

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
  const socket = open(url, secretUrl);
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

/** Begins to connect, where this program may. */
function open(url: string, secretUrl: string): WebSocket {
  try {
    return new WebSocket(secretUrl);
  } catch (cause) {
    const message = `this program may not connect to ${url} (${(cause as Error).message}): ` +
      "run it with --allow-net, or, from a page that came by https, connect with wss://";
    throw new CrossCommError("UNREACHABLE", message, { cause });
  }
}

/** A WebSocket tells little of why it did not open, a browser's nothing at all: where we can, we look ourselves. */
async function explain(url: string, cause: unknown, signal: AbortSignal): Promise<CrossCommError> {
  const status = /status code: (\d+)/.exec(String(cause))?.[1];
  const hint = proxyHint(new URL(url));
  if (status === "429" || status === "503") {
    const message = `${url} takes no more connections for now (HTTP status ${status}): try again later${hint}`;
    return new CrossCommError("UNREACHABLE", message, { cause });
  }
  if (status === "403") {
    const message =
      `${url} does not let this program in (HTTP status 403): see what it allows with --allow-origin${hint}`;
    return new CrossCommError("LOGIN_REFUSED", message, { cause });
  }
  if (status !== undefined) {
    return new CrossCommError(
      "WRONG_PROTOCOL",
      `${url} answers, but is no hub (HTTP status ${status}): check the address and the port${hint}`,
      { cause },
    );
  }
  const why = await reasonBeneath(new URL(url), signal);
  signal.throwIfAborted();
  if (why !== "open" && why?.name === "ConnectionRefused") {
    return new CrossCommError(
      "CONNECTION_REFUSED",
      `nothing listens at ${url}: start the hub, or check the address and the port`,
      { cause },
    );
  }
  if (why === "open") {
    const wayOut = url.startsWith("ws:") ? ", or connect with wss://, if it has a certificate" : "";
    const message = `${url} accepts connections, but is no hub: check the port${wayOut}${hint}`;
    return new CrossCommError("WRONG_PROTOCOL", message, { cause });
  }
  if (why?.message.includes("corrupt message")) {
    const message =
      `${url} does not speak TLS: check the port, or connect with ws://, if it is a hub without a certificate`;
    return new CrossCommError("WRONG_PROTOCOL", message, { cause: why });
  }
  if (why?.message.includes("invalid peer certificate")) {
    return new CrossCommError("UNREACHABLE", untrusted(url, why.message), { cause: why });
  }
  const detail = (why ?? cause) instanceof Error ? ((why ?? cause) as Error).message : String(cause);
  const message = `${url} cannot be reached (${detail}): check the address and the network${hint}`;
  return new CrossCommError("UNREACHABLE", message, { cause });
}

/** Says why we do not trust a hub, and the way out. */
function untrusted(url: string, detail: string): string {
  const why = `${url} shows a certificate that is not trusted here (${detail})`;
  if (/expired|NotValidYet/i.test(detail)) {
    return `${why}: have the hub's renewed, and see that this machine's clock is right`;
  }
  if (detail.includes("not valid for name")) return `${why}: connect to a name that it is made out to`;
  if (detail.includes("CaUsedAsEndEntity")) {
    return `${why}: have one made for the hub that says basicConstraints=CA:FALSE`;
  }
  return `${why}: put that of the authority which signed it into a file, and name the file in DENO_CERT`;
}

/** How it fares without WebSocket; `undefined` where there is nothing else to be had, as in a browser. */
async function reasonBeneath(
  { protocol, hostname: host, port }: URL,
  signal: AbortSignal,
): Promise<"open" | Error | undefined> {
  if (typeof Deno === "undefined") return undefined;
  const isSecure = protocol === "wss:";
  const hostname = host.replace(/^\[(.*)\]$/, "$1");
  const aborted = new Promise<Error>((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
  let connection: Deno.TcpConn | Deno.TlsConn | undefined;
  try {
    connection = await Deno.connect({ hostname, port: Number(port || (isSecure ? 443 : 80)), signal });
    if (!isSecure) return "open";
    const secure = connection = await Deno.startTls(connection, { hostname });
    return await Promise.race([secure.handshake().then(() => "open" as const), aborted]);
  } catch (error) {
    return error as Error;
  } finally {
    connection?.close();
  }
}
