/**
 * The log of a SQLite database (`-wal`). SQLite would wait for the disk at every commit, and everybody with it; with
 * `synchronous = NORMAL` it leaves that to us, and the log is flushed in the background, once for all that came
 * meanwhile.
 */
export class WriteAheadLog {
  readonly #file: Deno.FsFile;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Opens the log of the database in `path`, which has been written to. */
  static async of(path: string): Promise<WriteAheadLog> {
    return new WriteAheadLog(await Deno.open(`${path}-wal`));
  }

  /** Resolves when all that was committed before would survive a power cut. */
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

  close(): void {
    this.#file.close();
  }
}
