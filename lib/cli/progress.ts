import type { OnProgress, Progress } from "../../client.ts";
import { bytes } from "./bytes.ts";
import type { Output } from "./output.ts";

const BAR_WIDTH = 20;

/**
 * Shows how far a transfer is: a line that changes on a terminal, a line at the end elsewhere, and events with `--json`.
 */
export async function withProgress<T>(
  output: Output,
  what: string,
  transfer: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const terminal = Deno.stderr.isTerminal();
  let isOver = false;
  let isLineOpen = false;
  const onProgress: OnProgress = (progress) => {
    if (isOver) return;
    const { doneBytes, totalBytes, bytesPerSecond, doneFiles, totalFiles } = progress;
    const ended = doneBytes >= totalBytes && (doneFiles ?? 0) >= (totalFiles ?? 0);
    isOver = ended;
    if (output.json) {
      output.print("", {
        transfer: what,
        done_bytes: doneBytes,
        total_bytes: totalBytes,
        bytes_per_second: Math.round(bytesPerSecond),
        done_files: doneFiles,
        total_files: totalFiles,
      });
    } else if (terminal) {
      // What went on in a second row would stay there. Some terminals do not know how wide they are.
      const line = `${what} ${describe(progress)}`.slice(0, (Deno.consoleSize().columns || 80) - 1);
      Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
      isLineOpen = true;
    } else if (ended) {
      console.error(`${what} ${describe(progress)}`);
    }
  };
  try {
    return await transfer(onProgress);
  } finally {
    if (isLineOpen) console.error();
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
