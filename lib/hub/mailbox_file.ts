import { DatabaseSync, type StatementSync } from "node:sqlite";
import { WriteAheadLog } from "../disk/write_ahead_log.ts";
import type { CountedLetter } from "./mailbox_counts.ts";

/*
 * Ids are kept as JSON and texts as bytes: a TEXT would end at a NUL, and cannot hold half of a surrogate pair. The
 * second index is all that counting and reading in order need to look at.
 */
const SCHEMA = `
CREATE TABLE letters (
  id INTEGER PRIMARY KEY, client TEXT NOT NULL, sender TEXT NOT NULL, msg_id TEXT NOT NULL, bytes INTEGER NOT NULL,
  stored INTEGER NOT NULL, text BLOB NOT NULL, UNIQUE (client, sender, msg_id)
) STRICT;
CREATE INDEX letters_by_client ON letters (client, id, bytes, stored);
CREATE INDEX letters_by_age ON letters (stored);
`;

/** All that the sums by sender need to look at; by id, since what comes last is added quickest. Older files lack it. */
const SENDER_INDEX = `
CREATE INDEX IF NOT EXISTS letters_by_pair ON letters (client, sender, id, bytes);
DROP INDEX IF EXISTS letters_by_sender;
`;

const VERSION = 1;
/** What marks a database as a mailbox: "CCMB". */
const APPLICATION_ID = 0x43434d42;
/** How long a hub waits for another process that writes, in milliseconds. All its clients wait meanwhile. */
const HUB_PATIENCE_MS = 250;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A letter's place in the file. */
export interface LetterRow {
  id: number;
  clientId: string;
  fromClientId: string;
  msgId: string;
}

/** What waits for a client. `oldest` is in milliseconds since 1970. */
export interface BoxRow {
  clientId: string;
  messages: number;
  bytes: number;
  oldest: number;
}

/** How much waits for a client that one sender has sent. */
export interface PairRow extends CountedLetter {
  messages: number;
}

/** Where the file is, and which it was when it was opened. */
interface Place {
  path: string;
  ino: number | null;
}

/** The file beneath the mailbox: SQL, and the point at which what was written is safe. */
export class MailboxFile {
  readonly #database: DatabaseSync;
  readonly #log: WriteAheadLog;
  readonly #place: Place;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #counted: StatementSync;
  readonly #holds: StatementSync;
  readonly #read: StatementSync;
  readonly #boxes: StatementSync;
  readonly #pairs: StatementSync;
  readonly #idsOf: StatementSync;
  readonly #olderThan: StatementSync;
  readonly #version: StatementSync;

  private constructor(database: DatabaseSync, log: WriteAheadLog, place: Place) {
    this.#database = database;
    this.#log = log;
    this.#place = place;
    this.#insert = database.prepare("INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    this.#remove = database.prepare("DELETE FROM letters WHERE id = ? AND client = ?");
    this.#counted = database.prepare("SELECT sender, bytes FROM letters WHERE client = ? AND id = ?");
    this.#holds = database.prepare("SELECT 1 FROM letters WHERE client = ? AND sender = ? AND msg_id = ?");
    this.#read = database.prepare(
      "SELECT id, sender, msg_id, text FROM letters WHERE client = ? AND id > ? ORDER BY id",
    );
    this.#boxes = database.prepare(
      "SELECT client, COUNT(*) AS messages, SUM(bytes) AS bytes, MIN(stored) AS oldest FROM letters GROUP BY client",
    );
    this.#pairs = database.prepare(
      "SELECT client, sender, COUNT(*) AS messages, SUM(bytes) AS bytes FROM letters GROUP BY client, sender",
    );
    this.#idsOf = database.prepare("SELECT id FROM letters WHERE client = ?");
    this.#olderThan = database.prepare(
      "SELECT id, client, sender, msg_id FROM letters WHERE stored < ? ORDER BY stored, id",
    );
    this.#version = database.prepare("PRAGMA data_version");
  }

  /**
   * Opens the file that is there; an empty one becomes a mailbox. `patience` is how long to wait for another process
   * that writes, in milliseconds.
   *
   * @throws {Error} where it is none of ours.
   */
  static async open(path: string, patience: number): Promise<MailboxFile> {
    const file = await Deno.realPath(path); // SQLite has its log beside what a link leads to
    const { isFile, size, ino } = await Deno.stat(file);
    if (!isFile) throw new Error(`${path} is no file`);
    const database = new DatabaseSync(file);
    let log: WriteAheadLog | undefined;
    try {
      database.exec(`PRAGMA busy_timeout = ${patience}`);
      // The file shrinks as letters go: who clears a mailbox wants the room on the disk.
      if (size === 0) database.exec("PRAGMA auto_vacuum = FULL");
      WriteAheadLog.use(database);
      database.exec("BEGIN IMMEDIATE");
      prepareSchema(database, path);
      database.exec("COMMIT");
      indexSenders(database);
      log = await WriteAheadLog.open(file);
      const mailbox = new MailboxFile(database, log, { path: file, ino });
      mailbox.boxes(); // which passes by every letter: damage is better found now
      mailbox.pairs();
      return mailbox;
    } catch (error) {
      log?.[Symbol.dispose]();
      database.close();
      throw error;
    }
  }

  /** Makes the file, readable by its owner only, where there is none, and opens it. @throws {Error} as `open` does. */
  static async create(path: string): Promise<MailboxFile> {
    try {
      // What is there is not opened here: closing it would take SQLite's locks from whoever else in this process has it.
      (await Deno.open(path, { write: true, createNew: true, mode: 0o600 })).close();
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    if (Deno.build.os !== "windows" && (await Deno.stat(path)).isFile) await Deno.chmod(path, 0o600);
    return await MailboxFile.open(path, HUB_PATIENCE_MS);
  }

  /** Changes when another process has changed the file. */
  get version(): number {
    return (this.#version.get() as { data_version: number }).data_version;
  }

  /** The highest id in use; 0 where there is none. */
  get lastId(): number {
    return (this.#database.prepare("SELECT MAX(id) AS id FROM letters").get() as { id: number | null }).id ?? 0;
  }

  begin(): void {
    this.#database.exec("BEGIN IMMEDIATE");
  }

  commit(): void {
    this.#database.exec("COMMIT");
  }

  /** Undoes what was done since `begin`, where SQLite has not done so by itself. */
  rollback(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // there is nothing to undo
    }
  }

  /** Writes what is in the log into the file, if that can be, so that the log begins anew. */
  emptyLog(): void {
    try {
      this.#database.exec("PRAGMA wal_checkpoint");
    } catch {
      // SQLite tries again when the log is long
    }
  }

  /** False where the client's box has it already. */
  insert({ id, clientId, fromClientId, msgId }: LetterRow, text: Uint8Array, stored: number): boolean {
    const ids = [clientId, fromClientId, msgId].map((text) => JSON.stringify(text));
    return this.#insert.run(id, ...ids, text.length, stored, text).changes === 1;
  }

  remove(clientId: string, id: number): void {
    this.#remove.run(id, JSON.stringify(clientId));
  }

  /** What of a letter is counted; `undefined` where the client has none of that id. */
  counted(clientId: string, id: number): CountedLetter | undefined {
    const row = this.#counted.get(JSON.stringify(clientId), id) as { sender: string; bytes: number } | undefined;
    return row && { clientId, fromClientId: JSON.parse(row.sender), bytes: row.bytes };
  }

  holds(clientId: string, fromClientId: string, msgId: string): boolean {
    const ids = [clientId, fromClientId, msgId].map((text) => JSON.stringify(text));
    return this.#holds.get(...ids) !== undefined;
  }

  /** A client's letters behind one of them, in order. */
  *read(clientId: string, afterId: number): Generator<LetterRow & { text: string; bytes: number }, void> {
    for (const row of this.#read.iterate(JSON.stringify(clientId), afterId)) {
      const { id, sender, msg_id, text } = row as { id: number; sender: string; msg_id: string; text: Uint8Array };
      const letter = { id, clientId, fromClientId: JSON.parse(sender), msgId: JSON.parse(msg_id) };
      yield { ...letter, text: decoder.decode(text), bytes: text.length };
    }
  }

  /** What waits for whom. */
  boxes(): BoxRow[] {
    const rows = this.#boxes.all() as { client: string; messages: number; bytes: number; oldest: number }[];
    return rows.map(({ client, ...counts }) => ({ clientId: JSON.parse(client), ...counts }));
  }

  /** How much waits for whom, and from whom. */
  pairs(): PairRow[] {
    const rows = this.#pairs.all() as { client: string; sender: string; messages: number; bytes: number }[];
    return rows.map(({ client, sender, ...counts }) => ({
      clientId: JSON.parse(client),
      fromClientId: JSON.parse(sender),
      ...counts,
    }));
  }

  idsOf(clientId: string): number[] {
    return (this.#idsOf.all(JSON.stringify(clientId)) as { id: number }[]).map(({ id }) => id);
  }

  /** The letters that were stored before a time in milliseconds since 1970, the oldest first. */
  *olderThan(time: number): Generator<LetterRow, void> {
    for (const row of this.#olderThan.iterate(time)) {
      const { id, client, sender, msg_id } = row as { id: number; client: string; sender: string; msg_id: string };
      yield { id, clientId: JSON.parse(client), fromClientId: JSON.parse(sender), msgId: JSON.parse(msg_id) };
    }
  }

  /**
   * Resolves when all that was committed before would survive a power cut.
   *
   * @throws {Error} where it would not: also where the file was removed, in which case nobody would find it any more.
   */
  async sync(): Promise<void> {
    await this.#log.safe();
    const { path, ino } = this.#place;
    const there = await Deno.stat(path);
    if (there.ino !== ino) throw new Error("another file has taken its place: start the hub anew");
  }

  close(): void {
    this.#log[Symbol.dispose]();
    this.#database.close();
  }
}

/** A letter's text as it is kept. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

function prepareSchema(database: DatabaseSync, path: string): void {
  const { application_id: application } = database.prepare("PRAGMA application_id").get() as { application_id: number };
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (application === APPLICATION_ID) {
    if (version !== VERSION) throw new Error(`${path} is of another version of this program`);
    return;
  }
  const tables = database.prepare("SELECT 1 FROM sqlite_master").get();
  if (application !== 0 || tables !== undefined) throw new Error(`${path} is another program's database`);
  database.exec(`${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`);
}

function indexSenders(database: DatabaseSync): void {
  try {
    database.exec(SENDER_INDEX);
  } catch {
    // a full disk keeps nobody from what waits: without it, counting takes longer
  }
}
