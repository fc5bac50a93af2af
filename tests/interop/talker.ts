/** A message as a listener got it, whosever listener it was. */
export interface Received {
  msgId: string;
  msgType: string;
  fromClientId: string;
  toClientId: string;
  content: unknown;
  timestamp: number;
  ossKey: string | null;
}

/** Which message is meant: the next of a type, or the next for which a function says yes. */
export type Match<Message extends Received = Received> = string | ((message: Message) => boolean);

/** A client that is logged in, Python's or ours: what both can do in the same words. */
export interface Talker extends AsyncDisposable {
  readonly clientId: string;
  send(content: unknown, msgType: string, toClientId?: string): Promise<unknown>;
  /** Waits for a message, or takes it if it is here already. */
  received(match: Match): Promise<Received>;
  /** Waits for a message and takes all that came before it too. */
  receivedUpTo(match: Match): Promise<Received[]>;
  /** The ids and states in the hub's list. */
  listed(onlyShowOnline: boolean): Promise<Record<string, string>>;
  logout(): Promise<void>;
}

/** Makes a client with that id and logs it in at the hub on that port of this machine. */
export type StartTalker = (port: number, clientId: string) => Promise<Talker>;
