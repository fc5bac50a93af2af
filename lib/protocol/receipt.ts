/** What became of a message that was sent. */
export interface Receipt {
  /** The id that the message went out under. */
  msgId: string;
  /**
   * `"delivered"`: the addressee's listeners have been handed it. `"stored"`: the addressee is offline, and the message is
   * in its mailbox, on the hub's disk. `"sent"`: it is on the wire of an addressee that speaks version 1 of the
   * protocol, or of all clients, or of a hub that does; nobody confirms more than that.
   */
  status: "delivered" | "stored" | "sent";
  /** On how many clients' wires a message to all is, where the hub tells it. */
  recipients?: number;
}
