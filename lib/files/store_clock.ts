/** The clock of a store, as far as its answers tell: it refuses what was signed at a time far from its own. */
export class StoreClock {
  /** By how many milliseconds it is taken to be ahead of ours. */
  ahead = 0;
  #heard = 0;

  /** Hears the date of an answer. */
  hear(date: string | null): void {
    const time = Date.parse(date ?? "");
    if (!Number.isNaN(time)) this.#heard = time - Date.now();
  }

  /** Makes a request; where the store says that the time is wrong, once more in its own time. */
  async agreed<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if ((error as { code?: string }).code !== "RequestTimeTooSkewed") throw error;
      this.ahead = this.#heard;
      return await request();
    }
  }
}
