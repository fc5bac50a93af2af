import type { AnyMessage, OnProgress, Progress } from "../../client.ts";
import { bytes } from "./bytes.ts";
import type { Output } from "./output.ts";
import { say } from "./say.ts";

const BAR_WIDTH = 20;

/**
 * Shows how far a transfer is: a line that changes on a terminal, a line at the end elsewhere, and events with `--json`.
 */
export class ProgressLine {
  readonly #output: Output;
  readonly #what: string;
  readonly #event: Record<string, unknown>;
  readonly #terminal = Deno.stderr.isTerminal();
  #isOver = false;
  #isOpen = false;

  /** `event` is what the events tell besides. */
  constructor(output: Output, what: string, event: Record<string, unknown> = {}) {
    this.#output = output;
    this.#what = what;
    this.#event = event;
  }

  show(progress: Progress): void {
    if (this.#isOver) return;
    const { doneBytes, totalBytes, bytesPerSecond, doneFiles, totalFiles } = progress;
    const ended = doneBytes >= totalBytes && (doneFiles ?? 0) >= (totalFiles ?? 0);
    this.#isOver = ended;
    if (this.#output.json) {
      this.#output.print("", {
        transfer: this.#what,
        ...this.#event,
        done_bytes: doneBytes,
        total_bytes: totalBytes,
        bytes_per_second: Math.round(bytesPerSecond),
        done_files: doneFiles,
        total_files: totalFiles,
      });
    } else if (this.#terminal) {
      // What went on in a second row would stay there. Some terminals do not know how wide they are.
      const line = `${this.#what} ${describe(progress)}`.slice(0, (Deno.consoleSize().columns || 80) - 1);
      Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
      this.#isOpen = true;
    } else if (ended) {
      say(`${this.#what} ${describe(progress)}`);
    }
  }

  /** Leaves the line as it is: something else is to be shown below. */
  end(): void {
    if (this.#isOpen) say("");
    this.#isOpen = false;
  }
}

/** Shows how far a transfer is until it has ended. */
export async function withProgress<T>(
  output: Output,
  what: string,
  transfer: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const line = new ProgressLine(output, what);
  try {
    return await transfer((progress) => line.show(progress));
  } finally {
    line.end();
  }
}

/** Shows how far the downloads are that messages bring, each in a line of its own. */
export class DownloadProgress {
  readonly #output: Output;
  #ossKey: string | null = null;
  #line: ProgressLine | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  show(progress: Progress, { ossKey }: AnyMessage): void {
    if (this.#ossKey !== ossKey) this.end();
    this.#ossKey = ossKey;
    this.#line ??= new ProgressLine(this.#output, "Downloading", { oss_key: ossKey });
    this.#line.show(progress);
  }

  /** Leaves the line as it is: a message is to be shown below. */
  end(): void {
    this.#line?.end();
    this.#line = undefined;
  }
}

/** How much of a transfer is done, in percent. */
export function percent(progress: Progress): string {
  return `${Math.floor(shareOf(progress) * 100)} %`;
}

function shareOf({ doneBytes, totalBytes }: Progress): number {
  return totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
}

function describe(progress: Progress): string {
  const { doneBytes, totalBytes, bytesPerSecond, doneFiles, totalFiles } = progress;
  const share = shareOf(progress);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
  const size = `${bytes(doneBytes)} of ${bytes(totalBytes)}`;
  const files = totalFiles === undefined ? "" : `, ${doneFiles} of ${totalFiles} files`;
  const left = bytesPerSecond > 0 && share < 1 ? `, ${duration((totalBytes - doneBytes) / bytesPerSecond)} left` : "";
  return `${bar} ${percent(progress)}, ${size}${files}, ${bytes(bytesPerSecond)}/s${left}`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
