import { getLogger } from "@logtape/logtape";

const log = getLogger(["crosscomm", "hub"]);

/** How many lines what comes from one address may cause at once, and how many a second in the long run. */
const BURST = 1_000;
const LINES_PER_SECOND = 1;
/** How many addresses are told apart: all others count as one. */
const MAX_ADDRESSES = 10_000;
const OTHERS = "other addresses";

/** What others cause in the log, line by line. */
export interface PeerLog {
  info(line: string, properties: Record<string, unknown>): void;
  warn(line: string, properties: Record<string, unknown>): void;
}

interface Share {
  /** How many lines are left at `at`. */
  lines: number;
  at: number;
  leftOut: number;
}

/**
 * Gives each address a share of the log: who logs in and out in a loop, or sends rubbish over ever new connections, must
 * not fill the disk with lines. How many were left out is told.
 */
export class PeerLogs {
  readonly #shares = new Map<string, Share>();
  readonly #now: () => number;

  /** `now` is a clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The log for what comes from there. */
  of(address: string): PeerLog {
    return {
      info: (line, properties) => void (this.#takes(address) && log.info(line, properties)),
      warn: (line, properties) => void (this.#takes(address) && log.warn(line, properties)),
    };
  }

  /** Tells how many lines were left out since the last time, and forgets who has caused none for a while. */
  tell(): void {
    for (const [address, share] of this.#shares) {
      this.#refill(share);
      const { leftOut: count } = share;
      share.leftOut = 0;
      if (count > 0) log.warn("{count} more lines on what comes from {address} were left out", { count, address });
      else if (share.lines >= BURST) this.#shares.delete(address);
    }
  }

  #takes(address: string): boolean {
    const share = this.#shareOf(address);
    if (share.lines < 1) this.#refill(share);
    const takes = share.lines >= 1;
    if (takes) share.lines--;
    else share.leftOut++;
    return takes;
  }

  #shareOf(address: string): Share {
    const share = this.#shares.get(address);
    if (share !== undefined) return share;
    if (this.#shares.size >= MAX_ADDRESSES && address !== OTHERS) return this.#shareOf(OTHERS);
    const fresh = { lines: BURST, at: this.#now(), leftOut: 0 };
    this.#shares.set(address, fresh);
    return fresh;
  }

  #refill(share: Share): void {
    const now = this.#now();
    share.lines = Math.min(BURST, share.lines + (now - share.at) / 1000 * LINES_PER_SECOND);
    share.at = now;
  }
}
