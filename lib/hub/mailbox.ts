import { getLogger } from "@logtape/logtape";
import { setImmediate } from "node:timers";
import { WriteAheadLog } from "../disk/write_ahead_log.ts";
import { byteLength } from "../protocol/item.ts";
import { MailboxDatabase } from "./mailbox_database.ts";

const log = getLogger(["crosscomm", "mailbox"]);

/** What a mailbox is set to. */
export interface MailboxSettings {
  /** The path of its file. */
  file: string;
  /** How many messages may wait for a client. */
  maxMessages: number;
  /** How much may wait for a client, in bytes. */
  maxBytes: number;
  /** How much may wait for all clients, in bytes. */
  maxTotalBytes: number;
  /** How long a message waits, in seconds. */
  lifetime: number;
}

/** A message that waits for a client. */
export interface Letter {
  /** Its number; later ones have higher numbers. */
  readonly id: number;
  readonly fromClientId: string;
  readonly msgId: string;
  /** Its envelope. */
  readonly text: string;
}

/** What became of a message that was put into a mailbox. */
export type PutOutcome = "stored" | "mailbox_full" | "not_stored";

/** The letters of one turn of the event loop, which become safe together. */
type Group = PromiseWithResolvers<PutOutcome>;

/**
 * Where messages wait on disk for clients that are offline. What one turn of the event loop brings is committed
 * together, and the disk is waited for in the background.
 */
export class Mailbox {
  readonly #settings: MailboxSettings;
  readonly #database: MailboxDatabase;
  readonly #log: WriteAheadLog;
  /** What has been put or removed since the last commit. */
  #group: Group | undefined;
  /** What has been removed since then, to be removed again where the commit fails. */
  #removed: number[] = [];
  #settled: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(settings: MailboxSettings, database: MailboxDatabase, log: WriteAheadLog) {
    this.#settings = settings;
    this.#database = database;
    this.#log = log;
  }

  /**
   * Opens the mailbox. A file that is damaged is set aside, never deleted.
   *
   * @throws {CrossCommError} `MAILBOX_UNUSABLE` where the file cannot be used.
   */
  static async open(settings: MailboxSettings): Promise<Mailbox> {
    const database = await MailboxDatabase.openOrSetAside(settings.file);
    return new Mailbox(settings, database, await WriteAheadLog.of(settings.file));
  }

  /**
   * Puts a message into a client's mailbox, where it can be read at once; resolves when it is safe on disk, or is not
   * kept. Never rejects. A message that is there already is not put a second time.
   */
  put(toClientId: string, letter: Omit<Letter, "id">): Promise<PutOutcome> {
    if (this.#isClosed) return Promise.resolve("not_stored");
    const size = byteLength(letter.text);
    try {
      const group = this.#begin();
      if (!this.#database.has(toClientId, letter)) {
        if (!this.#hasRoom(toClientId, size)) return Promise.resolve("mailbox_full");
        this.#database.insert(toClientId, letter, size, Date.now());
      }
      return group.promise;
    } catch (error) {
      this.#fail(error);
      return Promise.resolve("not_stored");
    }
  }

  /** Whether something waits for a client. */
  has(clientId: string): boolean {
    return this.#database.box(clientId).messages > 0;
  }

  /** What waits for a client after the letter of that number: `maxBytes` in all, or one letter that is longer. */
  read(clientId: string, afterId: number, maxBytes: number): Letter[] {
    const letters: Letter[] = [];
    let bytes = 0;
    for (const { size, ...letter } of this.#database.letters(clientId, afterId)) {
      bytes += size;
      if (bytes > maxBytes && letters.length > 0) break;
      letters.push(letter);
    }
    return letters;
  }

  /** Removes letters that have got to their client. */
  remove(_clientId: string, ids: readonly number[]): void {
    this.#removed.push(...ids);
    try {
      this.#begin();
      this.#database.delete(ids);
    } catch (error) {
      this.#fail(error); // they stay in the list
    }
  }

  /** Removes letters that have waited too long, and returns them. */
  expire(now: number = Date.now()): { clientId: string; fromClientId: string; msgId: string }[] {
    try {
      return this.#database.deleteBefore(now - this.#settings.lifetime * 1000);
    } catch (error) {
      this.#fail(error);
      return [];
    }
  }

  /** Resolves when all that was put or removed before is on disk, or will not be. */
  async safe(): Promise<void> {
    this.#commit();
    await this.#settled;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.safe();
    this.#log.close();
    this.#database.close();
  }

  #hasRoom(clientId: string, size: number): boolean {
    const { maxMessages, maxBytes, maxTotalBytes } = this.#settings;
    const { messages, bytes } = this.#database.box(clientId);
    return messages < maxMessages && bytes + size <= maxBytes && this.#database.totalBytes() + size <= maxTotalBytes;
  }

  #begin(): Group {
    if (this.#group !== undefined) return this.#group;
    this.#database.begin();
    this.#database.delete(this.#removed);
    setImmediate(() => this.#commit());
    return this.#group = Promise.withResolvers();
  }

  #commit(): void {
    const group = this.#group;
    if (group === undefined) return;
    try {
      this.#database.commit();
    } catch (error) {
      return this.#fail(error);
    }
    this.#group = undefined;
    this.#removed = [];
    this.#settled = this.#log.safe().then(() => group.resolve("stored"), (error) => {
      report(error);
      group.resolve("not_stored");
    });
  }

  /** Gives up what has not been committed. */
  #fail(error: unknown): void {
    report(error);
    this.#database.rollback();
    this.#group?.resolve("not_stored");
    this.#group = undefined;
  }
}

function report(error: unknown): void {
  log.error("The mailbox cannot be written: {error}", { error: error instanceof Error ? error.message : error });
}
