/** What became of a message that was sent. */
export interface Receipt {
  /** The id that the message went out under. */
  msgId: string;
  /**
   * - `"delivered"`: the addressee's listeners have it, or the hub's.
   * - `"stored"`: the addressee is offline; the hub keeps it on disk until the addressee comes back.
   * - `"sent"`: it is on the wire. A message to all is on that of each of `recipients` clients; one to a client that
   *   speaks version 1 of the protocol is on that client's; with a hub that does, it is on the wire to the hub, and
   *   nothing more is known.
   */
  status: "delivered" | "stored" | "sent";
  /** On how many clients' wires it is, where that is known. */
  recipients?: number;
}
