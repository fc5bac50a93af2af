/**
 * How a contender's clients speak over their WebSocket: what lets them in, what a message looks like, and what of all
 * that arrives counts as one.
 */

export interface Framing {
  /** Of the request. */
  path: string;
  subprotocol?: string;
  /** Says what lets a client in, and resolves when it is. */
  logIn(line: Line, clientId: string): Promise<Dialogue>;
}

/** A connection that nobody has logged in on yet. */
export interface Line {
  /** Writes a WebSocket frame. */
  write(frame: Uint8Array): Promise<void>;
  /** The payload of the next text or binary frame. */
  next(): Promise<Uint8Array>;
}

/** What a client that is in says and hears. */
export interface Dialogue {
  /** What came right behind the answer to the login, where frames are no units of what is said. */
  rest?: Uint8Array;
  /** Texts of `bytes` bytes for a client, or for `all`, of which up to `most` go at a time. */
  burst(to: string, bytes: number, most: number): Burst;
  /** A frame; undefined where it is the hub that asks for signs of life. */
  heartbeat?: Uint8Array;
  /** Takes a piece of the payload of a frame, which may end with it. Returns how many messages are complete now. */
  hear(bytes: Uint8Array, from: number, to: number, ends: boolean): number;
  /** The frame that what was heard asks for. Called once a read. */
  answer?(): Uint8Array | undefined;
}

/** Messages in ready frames. */
export interface Burst {
  /** The next `count` messages, each under a number of its own. Valid until the next call. */
  take(count: number): Uint8Array;
}
