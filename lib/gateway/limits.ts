/** What the gateway lets others do. Times are in seconds. */
export interface GatewayLimits {
  /** How many connections there may be. */
  maxConnections: number;
  /** How many of them may come from one address. */
  maxConnectionsPerAddress: number;
  /** How long the head of a request, or the login on a WebSocket, may take to come. */
  loginTimeout: number;
  /** How long a connection may be there on which nothing moves. WebSockets are asked for a sign of life instead. */
  idleTimeout: number;
  /** How many messages a second are read from a connection in the long run. */
  maxMessagesPerSecond: number;
  /** How many bytes a second are read from a connection in the long run. */
  maxBytesPerSecond: number;
}

/**
 * An address is no peer: a company behind one router has one, and so have all programs of a machine. Half of all
 * connections is what one may take before others are served first.
 */
export const DEFAULT_LIMITS: GatewayLimits = {
  maxConnections: 20_000,
  maxConnectionsPerAddress: 10_000,
  loginTimeout: 10,
  idleTimeout: 600, // a store that puts a large object together is silent for a while
  maxMessagesPerSecond: 100_000,
  maxBytesPerSecond: 1024 ** 3,
};
