/** How far a transfer is. */
export interface Progress {
  /** How many bytes are through. */
  doneBytes: number;
  /** How many there are. */
  totalBytes: number;
  /** The rate of late, not since the beginning. */
  bytesPerSecond: number;
  /** For a folder: how many of its files are through. */
  doneFiles?: number;
  /** For a folder: how many files it has. */
  totalFiles?: number;
}

/** Called when the first bytes have moved, then at most ten times a second, and in the end. */
export type OnProgress = (progress: Progress) => void;

const INTERVAL_MS = 100;
/** How fast the rate forgets: after that time, a third of it is the old one. */
const MEMORY_MS = 2000;

/** Counts what has moved, and tells of it now and then. */
export class ProgressMeter {
  readonly #onProgress: OnProgress | undefined;
  readonly #totalBytes: number;
  readonly #totalFiles: number | undefined;
  #doneBytes = 0;
  #doneFiles = 0;
  #toldAt = performance.now();
  #toldBytes = 0;
  #rate = 0;

  constructor(onProgress: OnProgress | undefined, totalBytes: number, totalFiles?: number) {
    this.#onProgress = onProgress;
    this.#totalBytes = totalBytes;
    this.#totalFiles = totalFiles;
  }

  addBytes(count: number): void {
    this.#doneBytes += count;
    if (this.#toldBytes === 0 || performance.now() - this.#toldAt >= INTERVAL_MS) this.#tell();
  }

  addFile(): void {
    this.#doneFiles++;
  }

  /** Tells of the end. */
  finish(): void {
    this.#tell();
  }

  #tell(): void {
    if (this.#onProgress === undefined) return;
    const now = performance.now();
    const elapsed = Math.max(1, now - this.#toldAt);
    const rate = (this.#doneBytes - this.#toldBytes) / elapsed * 1000;
    const weight = this.#toldBytes === 0 ? 0 : Math.exp(-elapsed / MEMORY_MS);
    this.#rate = this.#rate * weight + rate * (1 - weight);
    this.#toldAt = now;
    this.#toldBytes = this.#doneBytes;
    const progress: Progress = {
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes,
      bytesPerSecond: this.#rate,
    };
    if (this.#totalFiles !== undefined) {
      progress.doneFiles = this.#doneFiles;
      progress.totalFiles = this.#totalFiles;
    }
    this.#onProgress(progress);
  }
}
