/** What became of a message that was sent. */
export interface Receipt {
  /** The id that the message went out under. */
  msgId: string;
  /** `"sent"`: it is on the wire. Version 1 of the protocol confirms no more than that. */
  status: "sent";
  /** On how many clients' wires it is, where that is known: a client's hub does not tell it. */
  recipients?: number;
}
