import { Session } from "./session.ts";
import type { Batch } from "./transport.ts";

/** A session in version 1 of the protocol, which knows of no receipts: what has left this process has got there. */
export class PlainSession extends Session {
  override get isReachable(): boolean {
    return this.online;
  }

  override get hearsOfLosses(): boolean {
    return false;
  }

  take(): Batch | undefined {
    const items = this.takeItems(Infinity);
    return items.length === 0 ? undefined : { items };
  }

  left(count: number): void {
    const { settled, taken } = this.outgoing;
    this.arrived(Math.min(settled + count, taken), "sent"); // it may have been closed since
  }
}
