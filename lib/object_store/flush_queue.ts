const MIB = 1024 * 1024;
/** With less than this, in bytes, the disk does several at a time. */
const MIN_BYTES = MIB;
/** Behind more than this, in bytes, the others would wait for long. */
const MAX_BYTES = 64 * MIB;

/**
 * Has files flushed to the disk one after the other. Side by side each takes as long as all of them, and the senders of
 * an upload's parts wait together; in turn, one waits while the others send.
 */
export class FlushQueue {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when what was written to a file, so many bytes, survives a power cut. */
  async flush(file: Deno.FsFile, bytes: number): Promise<void> {
    const flush = () => file.syncData();
    if (bytes < MIN_BYTES || bytes > MAX_BYTES) return await flush();
    await (this.#last = this.#last.then(flush, flush));
  }
}
