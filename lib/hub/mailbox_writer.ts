import { setImmediate } from "node:timers";
import { getLogger } from "@logtape/logtape";
import type { CountedLetter, MailboxCounts } from "./mailbox_counts.ts";
import type { LetterRow, MailboxFile } from "./mailbox_file.ts";
import { OwedRemovals } from "./owed_removals.ts";

const log = getLogger(["crosscomm", "hub"]);

/** How long nothing is tried after another process has kept us waiting in vain, in milliseconds. */
const RETRY_MS = 500;

/** What became of a letter: `mailbox_full` for a limit of ours, `not_stored` where the disk does not take it. */
export type PutOutcome = "stored" | "mailbox_full" | "not_stored";

/** What was put within one turn: it gets onto the disk together, or not at all. */
class Group {
  readonly letters: (CountedLetter & { id: number })[] = [];
  readonly outcome = Promise.withResolvers<PutOutcome>();
  /** How many bytes it may still have until the disk counts as full. */
  room: number;

  constructor(room: number) {
    this.room = room;
  }
}

/**
 * Writes a mailbox in groups. What one turn of the event loop puts in is committed together at its end, and the disk is
 * waited for in the background, once for all that came meanwhile. Keeps the counts along.
 */
export class MailboxWriter {
  readonly #path: string;
  readonly #file: MailboxFile;
  readonly #counts: MailboxCounts;
  readonly #owed = new OwedRemovals();
  /** An id is never used twice, whatever is undone: who still has one must not remove another's letter with it. */
  #lastId: number;
  #safeId: number;
  /** What this turn put in: a transaction is open. */
  #group: Group | undefined;
  #commitDue = false;
  /** What is committed, but not known to be on the disk. */
  readonly #committed: Group[] = [];
  #syncing = false;
  #retryAt = 0;
  /** Why nothing is being stored. */
  #failure: unknown;

  /** `path` is for the log. */
  constructor(path: string, file: MailboxFile, counts: MailboxCounts) {
    this.#path = path;
    this.#file = file;
    this.#counts = counts;
    this.#lastId = this.#safeId = file.lastId;
  }

  /** Whether a transaction is open, and no other process can write. */
  get writing(): boolean {
    return this.#group !== undefined;
  }

  /** The letters up to this id are on the disk, or never will be. */
  get safeId(): number {
    return this.#safeId;
  }

  /** Whether a client has letters of which it is not known yet whether they get onto the disk. */
  isStoring(clientId: string): boolean {
    const groups = this.#group === undefined ? this.#committed : [...this.#committed, this.#group];
    return groups.some(({ letters }) => letters.some((letter) => letter.clientId === clientId));
  }

  /** Whether a letter is removed, though the file may still have it. */
  isRemoved(clientId: string, id: number): boolean {
    return this.#owed.has(clientId, id);
  }

  /** Takes off the counts what the file still has, though it is removed. */
  uncountRemoved(): void {
    for (const { clientId, id } of this.#owed) {
      const letter = this.#file.counted(clientId, id);
      if (letter !== undefined) this.#counts.remove(letter);
    }
  }

  /** Puts a letter in; `roomOnDisk` tells how many bytes the disk may still take. Does not reject. */
  async put(letter: Omit<LetterRow, "id">, text: Uint8Array, roomOnDisk: () => number): Promise<PutOutcome> {
    const { clientId, fromClientId } = letter;
    const bytes = text.length;
    try {
      const room = this.#group?.room ?? roomOnDisk();
      if (bytes > room) {
        this.#complain("the disk is nearly full");
        return "not_stored";
      }
      const group = this.#open(room);
      const id = ++this.#lastId;
      if (this.#file.insert({ id, ...letter }, text, Date.now())) {
        group.room -= bytes;
        const counted = { clientId, fromClientId, bytes };
        group.letters.push({ id, ...counted });
        this.#counts.add(counted);
      }
      return await group.outcome.promise;
    } catch (cause) {
      this.#abandon(cause);
      return "not_stored";
    }
  }

  /** Removes a letter, if it is there. */
  remove(clientId: string, id: number): void {
    try {
      const letter = this.#owed.has(clientId, id) ? undefined : this.#file.counted(clientId, id);
      if (letter === undefined) return;
      this.#owed.add(clientId, id);
      this.#counts.remove(letter);
      this.#commitSoon();
    } catch (cause) {
      this.#complain(cause);
    }
  }

  /**
   * Resolves when all that was put in or removed so far is on the disk, but for what `put` said was not.
   *
   * @throws {unknown} what keeps it off the disk.
   */
  async safe(): Promise<void> {
    this.#commit();
    const kept = this.#owed.empty ? undefined : this.#failure;
    const outcome = await this.#committed.at(-1)?.outcome.promise;
    if (outcome === "not_stored") throw this.#failure;
    if (kept !== undefined) throw kept;
  }

  /** The group of this turn. */
  #open(room: number): Group {
    if (this.#group === undefined) {
      if (!this.#owed.empty) this.#removeOwed(); // else one that is put in again would pass for one that is held
      this.#begin();
      this.#group = new Group(room);
      this.#commitSoon();
    }
    return this.#group;
  }

  #begin(): void {
    if (performance.now() < this.#retryAt) throw new Error("another process writes to it");
    try {
      if (this.#failure !== undefined) this.#file.emptyLog(); // which may be what has no room to grow
      this.#file.begin();
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_MS; // for waiting in vain keeps everybody waiting
      throw error;
    }
  }

  #commitSoon(): void {
    if (this.#commitDue) return;
    this.#commitDue = true;
    setImmediate(() => {
      this.#commitDue = false;
      this.#commit();
    });
  }

  /** Commits what was put in, then what was removed: that may well succeed where the other finds no room. */
  #commit(): void {
    if (this.#group !== undefined) {
      try {
        this.#file.commit();
        this.#committed.push(this.#group);
        this.#group = undefined;
      } catch (cause) {
        this.#abandon(cause);
      }
    }
    try {
      if (!this.#owed.empty) this.#removeOwed();
    } catch (cause) {
      this.#complain(cause);
    }
    void this.#sync();
  }

  #removeOwed(): void {
    this.#begin();
    try {
      for (const { clientId, id } of this.#owed) this.#file.remove(clientId, id);
      this.#file.commit();
    } catch (error) {
      this.#file.rollback();
      throw error;
    }
    this.#owed.clear();
    this.#committed.push(new Group(0));
  }

  /** Waits for the disk, once for all that was committed before. */
  async #sync(): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    while (this.#committed.length > 0) {
      const { length } = this.#committed;
      try {
        await this.#file.sync();
        for (const { outcome, letters } of this.#committed.splice(0, length)) {
          this.#safeId = letters.at(-1)?.id ?? this.#safeId;
          outcome.resolve("stored");
          if (letters.length > 0) this.#failure = undefined;
        }
      } catch (cause) {
        this.#doubt(cause);
      }
    }
    this.#syncing = false;
  }

  /** Gives up what is not committed. */
  #abandon(cause: unknown): void {
    this.#complain(cause);
    const group = this.#group;
    if (group === undefined) return;
    this.#group = undefined;
    this.#file.rollback();
    for (const letter of group.letters) {
      if (!this.#owed.has(letter.clientId, letter.id)) this.#counts.remove(letter);
    }
    group.outcome.resolve("not_stored");
  }

  /** Gives up all that is not known to be on the disk: what is said not to be stored must not be delivered later. */
  #doubt(cause: unknown): void {
    this.#abandon(cause);
    for (const { letters, outcome } of this.#committed.splice(0)) {
      for (const { clientId, id } of letters) this.remove(clientId, id);
      outcome.resolve("not_stored");
    }
  }

  /** Failures in a row are logged once. */
  #complain(cause: unknown): void {
    if (this.#failure === undefined) {
      log.error("Nothing is being stored for clients that are offline: {path} cannot be written ({cause})", {
        path: this.#path,
        cause: String(cause),
      });
    }
    this.#failure = cause;
  }
}
