/** The first message of the page. */
export interface Greeting {
  runsInDeno: boolean;
  /** What `listClients` says. */
  clients: string[];
  /** The code of the error that a login gets where no hub is. */
  withoutHub: string;
  /** The id of a client that is not given one. */
  ownId: string;
}

/** What the page says before it returns what it was sent. */
export interface Answer {
  msgType: string;
  /** What the content is, as `Object.prototype.toString` puts it. */
  contentIs: string;
}

/** What the page posts when it is done. */
export type Report = { isConnected: boolean } | { failure: string };
