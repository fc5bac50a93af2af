import { DatabaseSync, type StatementSync } from "node:sqlite";
import { WriteAheadLog } from "../disk/write_ahead_log.ts";

/*
 * Keys are bytes, so that they are in the order that OSS lists them in. What an object or a part consists of are its
 * pieces: stretches of content files, which several may share, for a copy copies no content. `holder` numbers objects
 * and parts in one sequence. How much a bucket holds is kept by triggers: it cannot drift from what there is.
 *
 * What consists of much is noted down and removed bit by bit, that nobody waits for all of it. Holders in `nobodys` are no
 * object's or part's, be it any more or yet; an upload in bucket 0, which there is not, has ended. Whatever is found there
 * at a start is rubbish.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS buckets (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
  objects INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS objects (
  holder INTEGER PRIMARY KEY, bucket INTEGER NOT NULL, key BLOB NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL,
  etag TEXT NOT NULL, crc TEXT NOT NULL, headers TEXT NOT NULL, modified INTEGER NOT NULL, UNIQUE (bucket, key)
) STRICT;
CREATE INDEX IF NOT EXISTS objects_by_age ON objects (modified);
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, bucket INTEGER NOT NULL, key BLOB NOT NULL, headers TEXT NOT NULL, created INTEGER NOT NULL,
  touched INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
CREATE TABLE IF NOT EXISTS parts (
  holder INTEGER PRIMARY KEY, upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL,
  etag TEXT NOT NULL, crc TEXT NOT NULL, modified INTEGER NOT NULL, UNIQUE (upload, number)
) STRICT;
CREATE TABLE IF NOT EXISTS pieces (
  holder INTEGER NOT NULL, number INTEGER NOT NULL, blob TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,
  PRIMARY KEY (holder, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pieces_by_blob ON pieces (blob);
CREATE TABLE IF NOT EXISTS nobodys (holder INTEGER PRIMARY KEY) STRICT;

CREATE TRIGGER IF NOT EXISTS object_added AFTER INSERT ON objects BEGIN
  UPDATE buckets SET objects = objects + 1, bytes = bytes + new.size WHERE id = new.bucket;
END;
CREATE TRIGGER IF NOT EXISTS object_removed AFTER DELETE ON objects BEGIN
  UPDATE buckets SET objects = objects - 1, bytes = bytes - old.size WHERE id = old.bucket;
END;
CREATE TRIGGER IF NOT EXISTS part_added AFTER INSERT ON parts BEGIN
  UPDATE buckets SET bytes = bytes + new.size WHERE id = (SELECT bucket FROM uploads WHERE id = new.upload);
END;
CREATE TRIGGER IF NOT EXISTS part_removed AFTER DELETE ON parts BEGIN
  UPDATE buckets SET bytes = bytes - old.size WHERE id = (SELECT bucket FROM uploads WHERE id = old.upload);
END;
CREATE TRIGGER IF NOT EXISTS upload_ended AFTER UPDATE OF bucket ON uploads BEGIN
  UPDATE buckets SET bytes = bytes - (SELECT ifnull(sum(size), 0) FROM parts WHERE upload = new.id)
  WHERE id = old.bucket;
END;
`;

const VERSION = 1;

/** A value in the database. */
export type Value = string | number | Uint8Array;

/** The database beneath the catalog: SQL, prepared once, and the point at which what was written is safe. */
export class Database implements AsyncDisposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #log: WriteAheadLog;
  readonly #path: string;

  private constructor(database: DatabaseSync, log: WriteAheadLog, path: string) {
    this.#database = database;
    this.#log = log;
    this.#path = path;
  }

  /** @throws {Error} where the file is no database of ours, is not there though `isExpected`, or another process has it. */
  static async open(path: string, isExpected: boolean): Promise<Database> {
    // SQLite would make it readable for all.
    (await Deno.open(path, { write: true, create: true, mode: 0o600 })).close();
    const database = new DatabaseSync(path);
    try {
      // Held by one process: a second hub on the same folder would take the first one's uploads for rubbish.
      database.exec("PRAGMA locking_mode = EXCLUSIVE");
      WriteAheadLog.use(database);
      const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
      if (version !== 0 && version !== VERSION) throw new Error(`${path} is of another version of this program`);
      if (version === 0 && isExpected) {
        throw new Error(`${path} is gone or empty: restore it, or remove content beside it, too`);
      }
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT`);
      return new Database(database, await WriteAheadLog.open(path), path);
    } catch (error) {
      database.close();
      if (!/database is locked/.test(String(error))) throw named(path, error);
      throw new Error(`${path} is in use by another hub`, { cause: error });
    }
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  /** Returns how many rows it changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** @throws {Error} where the file is damaged. It takes as long as reading all of it. */
  checkSound(): void {
    const [found] = this.all<{ integrity_check: string }>("PRAGMA integrity_check(1)");
    if (found?.integrity_check !== "ok") throw damaged(this.#path, found?.integrity_check);
  }

  /** An error of SQLite's, with the file in it that it is about. */
  named(error: unknown): unknown {
    return named(this.#path, error);
  }

  /** Does all of it or nothing. */
  transaction<Result>(action: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = action();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      try {
        this.#database.exec("ROLLBACK");
      } catch {
        // On a full disk SQLite has done so by itself, and this error would stand in the place of that one.
      }
      throw error;
    }
  }

  /** Resolves when all that was committed before would survive a power cut. */
  safe(): Promise<void> {
    return this.#log.safe();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.safe();
    this.#log[Symbol.dispose]();
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }
}

function named(path: string, error: unknown): unknown {
  return /malformed|not a database/.test(String(error)) ? damaged(path, (error as Error).message, error) : error;
}

function damaged(path: string, how: string | undefined, cause?: unknown): Error {
  return new Error(`${path} is damaged (${how}): restore it and the content beside it`, { cause });
}
