import type { DatabaseSync } from "node:sqlite";

/**
 * How long the log gets, in pages of 4 KiB, before what is in it is written into the database. For that SQLite waits for
 * the disk three times, and everybody with it. Four times as much as by default makes that four times as rare, and no
 * longer: most pages are in the log many times, and are written once.
 */
const LOG_PAGES = 4096;

/**
 * The log of an SQLite database, flushed in the background. SQLite would wait for the disk at every commit, and everybody
 * with it; here a commit goes to the log and no further, which is enough when the process dies, and `safe` says when it
 * would survive a power cut, too.
 */
export class WriteAheadLog implements Disposable {
  readonly #file: Deno.FsFile;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Has a database use such a log. It is in a file as soon as something has been written to the database. */
  static use(database: DatabaseSync): void {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  }

  /** Opens the log of the database at `path`, which is no link. */
  static async open(path: string): Promise<WriteAheadLog> {
    return new WriteAheadLog(await Deno.open(`${path}-wal`, { write: true }));
  }

  /** Resolves when all that was committed before is on the disk: one flush for all that came meanwhile. */
  safe(): Promise<void> {
    if (this.#syncing === undefined) {
      this.#syncing = this.#file.syncData().finally(() => this.#syncing = undefined);
      return this.#syncing;
    }
    return this.#nextSync ??= this.#syncing.catch(() => {}).then(() => {
      this.#nextSync = undefined;
      return this.safe();
    });
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
