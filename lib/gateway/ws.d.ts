// What we use of the package `ws`. Its own types, @types/ws, bring in Node's, which `deno doc` cannot resolve.
import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** One end of a connection. */
export class WebSocket {
  static readonly OPEN: 1;
  readonly readyState: number;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "close" | "ping" | "pong", listener: () => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  ping(): void;
  /** Stops reading. What has come already may still be handed on: at most one read of the socket, 64 KiB. */
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** What makes WebSockets of HTTP upgrades. */
export class WebSocketServer {
  constructor(options: {
    noServer: true;
    clientTracking: boolean;
    perMessageDeflate: boolean;
    /** The largest message, in bytes, however many frames it comes in. */
    maxPayload: number;
    /** In how many frames a message may come. */
    maxFragments: number;
  });
  handleUpgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    onConnection: (webSocket: WebSocket) => void,
  ): void;
}
