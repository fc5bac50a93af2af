import { dirname } from "node:path";
import { getLogger } from "@logtape/logtape";
import { freeSpaceOf } from "../disk/free_space.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { SERVER_ID } from "../protocol/ids.ts";
import { type CountedLetter, type MailboxCount, MailboxCounts, type OriginOf } from "./mailbox_counts.ts";
import { encodeText, type MailboxFile } from "./mailbox_file.ts";
import { mailboxUnusable, openHubsFile, openOwnFile } from "./mailbox_opening.ts";
import { MailboxWriter, type PutOutcome } from "./mailbox_writer.ts";

export type { PutOutcome } from "./mailbox_writer.ts";

const log = getLogger(["crosscomm", "hub"]);

/** How many letters one call of `overdue` finds: everybody waits while they are dealt with. */
const OVERDUE_AT_ONCE = 1000;

/** One sender, and one address, may take one of so many parts of the room for all: the others get in all the same. */
const SENDER_SHARES = 4;
const ADDRESS_SHARES = 2;
/** How much of the room for one client one sender, and one address, may take. */
const SENDER_SHARE_OF_BOX = 1 / 2;
const ADDRESS_SHARE_OF_BOX = 3 / 4;

/** What a mailbox is set to. */
export interface MailboxSettings {
  /** The path of the mailbox file. */
  file: string;
  /** How many messages may wait for one client; half of them from one other, and three quarters from one address. */
  maxMessages: number;
  /** How many bytes of messages may wait for one client, and as much of them from one other or from one address. */
  maxBytes: number;
  /** How many bytes of messages may wait in all; a quarter of them from one client, and half from one address. */
  maxTotalBytes: number;
  /** How long a message waits, in seconds. */
  lifetime: number;
  /** How many bytes of the disk stay free. Default: 0. */
  minFreeBytes?: number;
}

/** A message that waits. Of two letters, the later one has the higher id. */
export interface Letter {
  readonly id: number;
  readonly clientId: string;
  readonly fromClientId: string;
  readonly msgId: string;
  /** The envelope, as its receiver is to get it. */
  readonly text: string;
}

/** A letter without its text. */
export type LetterHead = Omit<Letter, "text">;

/** What waits for a client. */
export interface MailboxUsage {
  /** The client's id. */
  clientId: string;
  /** How many messages wait. */
  messages: number;
  /** How many bytes of UTF-8 these are. */
  bytes: number;
  /** Since when the first of them waits, in seconds since 1970. */
  oldest: number;
}

/**
 * What waits for clients that are offline, on disk. What one turn of the event loop puts in is committed together at
 * its end, and the disk is waited for in the background, once for all that came meanwhile.
 *
 * Other processes may look into the file and clear it. The counts in memory, which make `has` quick, are taken anew
 * where SQLite says that another process has changed the file: before a limit is applied, and before a read. Until then
 * `has` may be true of a box that is empty by now, never false of one that is not.
 */
export class Mailbox implements AsyncDisposable {
  readonly #settings: MailboxSettings;
  readonly #file: MailboxFile;
  readonly #free: (() => number) | undefined;
  readonly #counts: MailboxCounts;
  readonly #writer: MailboxWriter;
  #version: number;
  #closed: Promise<void> | undefined;

  private constructor(settings: MailboxSettings, file: MailboxFile, addressOf?: OriginOf) {
    this.#settings = settings;
    this.#file = file;
    this.#version = file.version;
    this.#counts = new MailboxCounts(addressOf);
    this.#counts.replace(file.pairs());
    this.#writer = new MailboxWriter(settings.file, file, this.#counts);
    this.#free = freeBytes(settings);
  }

  /**
   * Opens a hub's mailbox, or makes one where there is none. A file that is damaged is set aside, never deleted.
   * `addressOf` tells where a sender comes from.
   *
   * @throws {CrossCommError} `MAILBOX_UNUSABLE`
   */
  static async open(settings: MailboxSettings, addressOf?: OriginOf): Promise<Mailbox> {
    return new Mailbox(settings, await openOwnFile(settings.file), addressOf);
  }

  /**
   * Opens the mailbox of a hub on this machine, whether that runs or not, to look into it and to clear it.
   *
   * @throws {CrossCommError} `MAILBOX_UNUSABLE`
   */
  static async openHubs(file: string): Promise<Mailbox> {
    const settings = { file, maxMessages: 0, maxBytes: 0, maxTotalBytes: 0, lifetime: Infinity };
    return new Mailbox(settings, await openHubsFile(file));
  }

  /**
   * Puts a letter into a client's box. The result is there, and `read` has it, when it is safe on the disk. A box
   * holds a sender's `msgId` once: putting it in again is `stored`, too. Does not reject.
   */
  async put(clientId: string, { fromClientId, msgId, text }: Omit<Letter, "id" | "clientId">): Promise<PutOutcome> {
    const encoded = encodeText(text);
    const letter = { clientId, fromClientId, bytes: encoded.length };
    try {
      if (!this.#fits(letter) && !this.#file.holds(clientId, fromClientId, msgId)) return "mailbox_full";
      return await this.#writer.put({ clientId, fromClientId, msgId }, encoded, () => this.#roomOnDisk());
    } catch (cause) {
      this.#cannotRead(cause);
      return "not_stored";
    }
  }

  /** Whether something waits for a client. */
  has(clientId: string): boolean {
    return this.#counts.of(clientId).messages > 0;
  }

  /**
   * A client's letters behind the one of id `afterId`, in order: as many as have up to `maxBytes` bytes together, and
   * at least one if there is one. What cannot be read is in the log, and stays.
   */
  read(clientId: string, afterId: number, maxBytes: number): Letter[] {
    const letters: Letter[] = [];
    try {
      this.#refresh();
      let sum = 0;
      for (const { id, fromClientId, msgId, text, bytes } of this.#file.read(clientId, afterId)) {
        if (id > this.#writer.safeId) break; // what is not stored in the end must not have been delivered
        if (this.#writer.isRemoved(clientId, id)) continue;
        sum += bytes;
        if (letters.length > 0 && sum > maxBytes) break;
        letters.push({ id, clientId, fromClientId, msgId, text });
      }
    } catch (cause) {
      this.#cannotRead(cause);
    }
    return letters;
  }

  /** Whether letters for a client are on their way to the disk, which `read` does not give out before. */
  isStoring(clientId: string): boolean {
    return this.#writer.isStoring(clientId);
  }

  /** Removes letters that were delivered. They are not read any more; on the disk they go with the next commit. */
  remove(clientId: string, ids: readonly number[]): void {
    for (const id of ids) this.#writer.remove(clientId, id);
  }

  /**
   * What waits for whom, in the order of the clients' ids.
   *
   * @throws {CrossCommError} `MAILBOX_UNUSABLE`
   */
  usage(): MailboxUsage[] {
    try {
      return this.#file.boxes().map((box) => ({ ...box, oldest: box.oldest / 1000 }));
    } catch (error) {
      throw mailboxUnusable(this.#settings.file, error, "is the disk in order?");
    }
  }

  /**
   * Removes all that waits for a client; returns how many messages that is.
   *
   * @throws {CrossCommError} `MAILBOX_UNUSABLE`
   */
  clear(clientId: string): number {
    try {
      this.#refresh();
      const { messages } = this.#counts.of(clientId);
      this.remove(clientId, this.#file.idsOf(clientId));
      return messages;
    } catch (error) {
      throw mailboxUnusable(this.#settings.file, error, "is the disk in order?");
    }
  }

  /** Letters that have waited for too long and may go, the oldest first, up to a thousand: the rest when these are removed. */
  overdue(now: number = Date.now(), mayGo: (letter: LetterHead) => boolean = () => true): LetterHead[] {
    try {
      return this.#file.olderThan(now - this.#settings.lifetime * 1000)
        .filter((letter) => !this.#writer.isRemoved(letter.clientId, letter.id) && mayGo(letter))
        .take(OVERDUE_AT_ONCE)
        .toArray();
    } catch (cause) {
      this.#cannotRead(cause);
      return [];
    }
  }

  /**
   * Resolves when all that was put in or removed so far is on the disk, but for what `put` said was not.
   *
   * @throws {CrossCommError} `WRITE_FAILED` where the disk does not take it. What was removed is tried again later.
   */
  async safe(): Promise<void> {
    try {
      await this.#writer.safe();
    } catch (cause) {
      const what = `the mailbox ${this.#settings.file} cannot be written (${String(cause)})`;
      throw new CrossCommError("WRITE_FAILED", `${what}: is there room on its disk, and are you allowed to?`, {
        cause,
      });
    }
  }

  /** Closes the file when all is on the disk. What fails is in the log. Calling it twice does no harm. */
  close(): Promise<void> {
    return this.#closed ??= this.#writer.safe().catch(() => {}).then(() => this.#file.close());
  }

  /** As {@linkcode Mailbox.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fits({ clientId, fromClientId, bytes }: CountedLetter): boolean {
    this.#refresh();
    const { maxMessages, maxBytes, maxTotalBytes } = this.#settings;
    const hasRoom = ({ messages: waiting, bytes: length }: Readonly<MailboxCount>, share = 1) =>
      waiting < Math.ceil(maxMessages * share) && length + bytes <= maxBytes * share;
    if (!hasRoom(this.#counts.of(clientId)) || this.#counts.all.bytes + bytes > maxTotalBytes) return false;
    // The hub itself has no share: what one client makes it say must not silence it towards the others.
    if (fromClientId === SERVER_ID) return true;
    const inBox = this.#counts.sharesOf(fromClientId, clientId);
    if (!hasRoom(inBox.sender, SENDER_SHARE_OF_BOX) || !hasRoom(inBox.origin, ADDRESS_SHARE_OF_BOX)) return false;
    const inAll = this.#counts.sharesOf(fromClientId);
    if (inAll.sender.bytes + bytes > maxTotalBytes / SENDER_SHARES) return false;
    return inAll.origin.bytes + bytes <= maxTotalBytes / ADDRESS_SHARES;
  }

  #roomOnDisk(): number {
    return this.#free === undefined ? Infinity : this.#free() - (this.#settings.minFreeBytes ?? 0);
  }

  /** Takes the counts anew where another process has changed the file. */
  #refresh(): void {
    if (this.#writer.writing) return; // nobody else can, meanwhile
    const { version } = this.#file;
    if (version === this.#version) return;
    this.#counts.replace(this.#file.pairs());
    this.#writer.uncountRemoved();
    this.#version = version;
  }

  #cannotRead(cause: unknown): void {
    log.error("What waits for clients that were offline stays where it is: {file} cannot be read ({cause})", {
      file: this.#settings.file,
      cause: String(cause),
    });
  }
}

/** How to learn what the disk has left; `undefined` where there is no need or no way to. */
function freeBytes({ file, minFreeBytes = 0 }: MailboxSettings): (() => number) | undefined {
  if (minFreeBytes === 0) return undefined;
  const free = freeSpaceOf(dirname(file));
  if (free === undefined) log.warn("The mailbox cannot see how much of the disk is left: --allow-sys=statfs lets it");
  return free;
}
