import type { TLSSocket } from "node:tls";

/** What carries a socket: its own methods, not all of which Node makes known. */
interface Handle {
  readStart(): number;
  readStop(): number;
  /** That of the connection beneath TLS, as Deno has it. */
  _nativeTcpHandle?: Handle | null;
}

/**
 * Has a TLS socket that is paused take nothing from the connection beneath. Deno (2.9) goes on, and keeps what comes in
 * memory without bound: a peer that is held back, or whose upload has to wait, would fill it.
 */
export function holdBackBeneath(socket: TLSSocket): void {
  const { _handle: handle } = socket as unknown as { _handle: Handle | null };
  if (!handle?._nativeTcpHandle) return; // another Deno, which may do so itself
  const { readStart, readStop } = handle;
  handle.readStop = () => {
    handle._nativeTcpHandle?.readStop(); // none is left once it is closed
    return readStop.call(handle);
  };
  handle.readStart = () => {
    const status = readStart.call(handle);
    handle._nativeTcpHandle?.readStart();
    return status;
  };
}
