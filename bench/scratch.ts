/** The folder that transfers start from and arrive in, removed whatever happens. */

import { isEnding, keep, removeFolder } from "./leftovers.ts";

const BLOCK = 1024 * 1024;
const FILES_A_FOLDER = 100;

export class Scratch implements AsyncDisposable {
  readonly folder: string;
  #forget: () => void;
  #next = 1;

  constructor() {
    this.folder = Deno.makeTempDirSync({ prefix: "crosscomm_bench_" });
    this.#forget = keep("folder", () => removeFolder(this.folder));
  }

  /** A path that nothing has yet. */
  path(name: string): string {
    return `${this.folder}/${this.#next++}-${name}`;
  }

  /** A file of bytes that no compression makes fewer. */
  async file(bytes: number): Promise<string> {
    const path = this.path("file.bin");
    using file = await Deno.open(path, { write: true, createNew: true });
    for (let left = bytes; left > 0 && !isEnding(); left -= BLOCK) await writeAll(file, noise(Math.min(BLOCK, left)));
    return path;
  }

  /** A folder of small files, in folders of a hundred. */
  async tree(files: number, bytes: number): Promise<string> {
    const path = this.path("folder");
    for (let i = 0; i < files && !isEnding(); i++) {
      const folder = `${path}/${String(Math.floor(i / FILES_A_FOLDER)).padStart(3, "0")}`;
      if (i % FILES_A_FOLDER === 0) await Deno.mkdir(folder, { recursive: true });
      await Deno.writeFile(`${folder}/${i}.bin`, noise(bytes));
    }
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.folder);
    this.#forget();
  }
}

/** Bytes of all files below. */
export async function sizeOf(path: string): Promise<number> {
  const { isFile, size } = await Deno.stat(path);
  if (isFile) return size;
  let sum = 0;
  for await (const { name } of Deno.readDir(path)) sum += await sizeOf(`${path}/${name}`);
  return sum;
}

/** What one transfer left to be written is no burden of the next: waits until it is on the disk. */
export async function settleDisk(): Promise<void> {
  if (Deno.build.os === "windows") return;
  await new Deno.Command("sync", { stdin: "null", stdout: "null", stderr: "null" }).output();
}

function noise(bytes: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(result.subarray(at, at + 65_536));
  return result;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
