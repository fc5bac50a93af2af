import { createHash } from "node:crypto";
import { join } from "node:path";
import { PART_NAME, removeStale, temporaryPath, writing } from "./local_folder.ts";
import { openLocked } from "./locked_file.ts";
import type { ObjectHead } from "./storage.ts";

const READ_BYTES = 256 * 1024;

/**
 * A file that is being received. It stays where the program is killed or the store given up, and who receives the same object into the same
 * folder next continues it: one at a time, for it is locked, and only where the whole can be checked in the end.
 */
export class PartFile implements Disposable {
  readonly path: string;
  /** At its end, after `kept` bytes that were there before. */
  readonly file: Deno.FsFile;
  readonly kept: number;
  readonly #isLasting: boolean;

  /** `isLasting` tells whether it is known by what is received, and not by chance. */
  constructor(path: string, file: Deno.FsFile, kept: number, isLasting: boolean) {
    this.path = path;
    this.file = file;
    this.kept = kept;
    this.#isLasting = isLasting;
  }

  /** Whether there is something that somebody may continue. */
  async isOfUse(): Promise<boolean> {
    return this.#isLasting && (await this.file.stat()).size > 0;
  }

  static async open(folder: string, head: ObjectHead): Promise<PartFile> {
    return await writing(folder, async () => {
      await removeStale(folder, PART_NAME);
      const continued = head.crc64 !== undefined ? await openPart(partPath(folder, head), head.size) : undefined;
      if (continued !== undefined) return continued;
      const path = temporaryPath(folder);
      return new PartFile(path, await Deno.open(path, { write: true, createNew: true }), 0, false);
    });
  }

  /** What was there before. */
  async *keptBytes(): AsyncGenerator<Uint8Array> {
    await this.file.seek(0, Deno.SeekMode.Start);
    for (let left = this.kept; left > 0;) {
      const buffer = new Uint8Array(Math.min(left, READ_BYTES));
      const count = await this.file.read(buffer);
      if (count === null) return;
      left -= count;
      yield buffer.subarray(0, count);
    }
  }

  [Symbol.dispose](): void {
    this.file.close();
  }
}

/** Where the part of an object lies: nobody continues one object with another, or with another state of it. */
export function partPath(folder: string, { key, etag, size }: ObjectHead): string {
  const id = createHash("sha256").update(JSON.stringify([key, etag, size])).digest("hex");
  return join(folder, `.crosscomm-${id}.part`);
}

/** Opens a part, or begins it; `undefined` where there is something else in its place, or somebody else is at it. */
async function openPart(path: string, maxSize: number): Promise<PartFile | undefined> {
  const file = await openLocked(path);
  if (file === undefined) return undefined;
  let { size } = await file.stat();
  if (size > maxSize) await file.truncate(size = 0);
  await file.seek(0, Deno.SeekMode.End);
  return new PartFile(path, file, size, true);
}
