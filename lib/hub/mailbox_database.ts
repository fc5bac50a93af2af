import { getLogger } from "@logtape/logtape";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { CrossCommError } from "../protocol/errors.ts";
import type { Letter } from "./mailbox.ts";

const log = getLogger(["crosscomm", "mailbox"]);

/*
 * Numbers are never used twice, so that a reader can go on where it was. What a box holds is kept by triggers: it cannot
 * drift from what there is, and is right for a second process too. The box without a name is that of all together.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, sender TEXT NOT NULL, msg_id TEXT NOT NULL,
  text TEXT NOT NULL, size INTEGER NOT NULL, stored INTEGER NOT NULL, UNIQUE (recipient, sender, msg_id)
) STRICT;
CREATE INDEX IF NOT EXISTS letters_by_recipient ON letters (recipient, id);
CREATE INDEX IF NOT EXISTS letters_by_age ON letters (stored);
CREATE TABLE IF NOT EXISTS boxes (
  recipient TEXT PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS letter_added AFTER INSERT ON letters BEGIN
  INSERT INTO boxes VALUES (new.recipient, 1, new.size), ('', 1, new.size)
    ON CONFLICT DO UPDATE SET messages = messages + 1, bytes = bytes + new.size;
END;
CREATE TRIGGER IF NOT EXISTS letter_removed AFTER DELETE ON letters BEGIN
  UPDATE boxes SET messages = messages - 1, bytes = bytes - old.size WHERE recipient IN (old.recipient, '');
  DELETE FROM boxes WHERE recipient = old.recipient AND messages = 0;
END;
`;

/** How long to wait for another process that writes, in milliseconds. */
const BUSY_MS = 2000;

/** How much waits for a client. */
export interface Box {
  clientId: string;
  messages: number;
  bytes: number;
  /** When the first of them came, in seconds since 1970. */
  oldest: number;
}

/** The file beneath a mailbox: its SQL. */
export class MailboxDatabase {
  readonly #database: DatabaseSync;
  readonly #statements: Record<keyof typeof SQL, StatementSync>;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = Object.fromEntries(
      Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]),
    ) as Record<keyof typeof SQL, StatementSync>;
  }

  /** Opens it, and sets aside a file that is there but no mailbox. Throws `MAILBOX_UNUSABLE` where nothing helps. */
  static async openOrSetAside(path: string): Promise<MailboxDatabase> {
    try {
      try {
        return await MailboxDatabase.open(path);
      } catch (error) {
        if (!/not a database|malformed/.test(String(error))) throw error;
        const aside = `${path}.damaged-${Date.now()}`;
        await Deno.rename(path, aside);
        log.error("The mailbox {path} is damaged: it is now {aside}, and an empty one takes its place", {
          path,
          aside,
        });
        return await MailboxDatabase.open(path);
      }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `the mailbox ${path} cannot be opened (${why}): choose another file with mailboxFile`;
      throw new CrossCommError("MAILBOX_UNUSABLE", message, { cause });
    }
  }

  static async open(path: string): Promise<MailboxDatabase> {
    // SQLite would make it readable for all; the files beside it get the same mode.
    (await Deno.open(path, { write: true, create: true, mode: 0o600 })).close();
    const database = new DatabaseSync(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
      return new MailboxDatabase(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  begin(): void {
    this.#database.exec("BEGIN IMMEDIATE");
  }

  commit(): void {
    this.#database.exec("COMMIT");
  }

  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }

  has(clientId: string, { fromClientId, msgId }: Omit<Letter, "id">): boolean {
    return this.#statements.find.get(clientId, fromClientId, msgId) !== undefined;
  }

  insert(clientId: string, { fromClientId, msgId, text }: Omit<Letter, "id">, size: number, now: number): void {
    this.#statements.insert.run(clientId, fromClientId, msgId, text, size, now);
  }

  box(clientId: string): { messages: number; bytes: number } {
    return this.#statements.box.get(clientId) as { messages: number; bytes: number } | undefined ??
      { messages: 0, bytes: 0 };
  }

  totalBytes(): number {
    return this.box("").bytes;
  }

  letters(clientId: string, afterId: number): Iterable<Letter & { size: number }> {
    return this.#statements.letters.iterate(clientId, afterId) as Iterable<unknown> as Iterable<
      Letter & { size: number }
    >;
  }

  delete(ids: readonly number[]): void {
    for (const id of ids) this.#statements.delete.run(id);
  }

  deleteBefore(time: number): { clientId: string; fromClientId: string; msgId: string }[] {
    return this.#statements.deleteBefore.all(time) as { clientId: string; fromClientId: string; msgId: string }[];
  }

  /** What waits for whom, the longest wait first. */
  boxes(): Box[] {
    return this.#statements.boxes.all() as unknown as Box[];
  }

  /** Removes what waits for a client, or for all; returns how many messages that was. */
  clear(clientId?: string): number {
    const { changes } = clientId === undefined ? this.#statements.clearAll.run() : this.#statements.clear.run(clientId);
    return Number(changes);
  }

  close(): void {
    this.#database.close();
  }
}

const LETTER = "id, sender AS fromClientId, msg_id AS msgId, text, size";

const SQL = {
  find: "SELECT 1 FROM letters WHERE recipient = ? AND sender = ? AND msg_id = ?",
  insert: "INSERT INTO letters (recipient, sender, msg_id, text, size, stored) VALUES (?, ?, ?, ?, ?, ?)",
  box: "SELECT messages, bytes FROM boxes WHERE recipient = ?",
  letters: `SELECT ${LETTER} FROM letters WHERE recipient = ? AND id > ? ORDER BY id`,
  delete: "DELETE FROM letters WHERE id = ?",
  deleteBefore:
    "DELETE FROM letters WHERE stored < ? RETURNING recipient AS clientId, sender AS fromClientId, msg_id AS msgId",
  boxes: `SELECT recipient AS clientId, count(*) AS messages, sum(size) AS bytes, min(stored) / 1000.0 AS oldest
    FROM letters GROUP BY recipient ORDER BY oldest`,
  clear: "DELETE FROM letters WHERE recipient = ?",
  clearAll: "DELETE FROM letters",
};
