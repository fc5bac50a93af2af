import { type TarStreamEntry, UntarStream } from "@std/archive";
import { CrossCommError } from "../protocol/errors.ts";
import { Allowance } from "./limits.ts";
import { MadeFolders, makeFolders, openDirectory, writingNow } from "./local_folder.ts";
import { ObjectReader } from "./object_reader.ts";
import { ProgressMeter } from "./progress.ts";
import { numberedPath, type ReceiveOptions, writeFile } from "./receive_file.ts";
import { buildFolder } from "./receive_folder.ts";
import { safePath } from "./safe_path.ts";
import { TAR_ENDING } from "./send_tar.ts";
import type { Storage } from "./storage.ts";

/** What an entry's header calls a file, and a folder. */
const FILE_TYPES = ["0", "\0", ""];
const FOLDER_TYPE = "5";
/** What is written in one go. */
const SMALL_BYTES = 256 * 1024;

/**
 * Receives a folder that was sent as a tar archive: unpacks it on the way into `directory/{ossKey}` without the
 * ending, and gives the path, which has a number where that name is taken. It appears when it is complete.
 */
export async function receiveTar(
  storage: Storage,
  ossKey: string,
  directory: string,
  { onProgress, signal, limits }: ReceiveOptions = {},
): Promise<string> {
  const folders = safePath(ossKey.slice(0, -TAR_ENDING.length));
  const name = folders.pop()!;
  using reader = await ObjectReader.open(storage, ossKey, signal);
  const meter = new ProgressMeter(onProgress, reader.head.size);
  const parent = await makeFolders(await openDirectory(directory), folders);
  return await buildFolder(parent, name, async (folder) => {
    try {
      await unpack(reader, folder, new Allowance(ossKey, limits), meter);
    } catch (error) {
      if (error instanceof CrossCommError) throw error;
      const why = `${ossKey} is no sound tar archive (${(error as Error).message}): have it sent again`;
      throw new CrossCommError("FILE_DAMAGED", why, { cause: error });
    }
    meter.finish();
  });
}

async function unpack(reader: ObjectReader, folder: string, allowance: Allowance, meter: ProgressMeter): Promise<void> {
  const entries = ReadableStream.from(counted(reader.bytes(), meter))
    .pipeThrough(new DecompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>)
    .pipeThrough(new UntarStream());
  const folders = new MadeFolders(folder);
  for await (const entry of entries) {
    allowance.takeEntry();
    await unpackEntry(entry, folders, allowance);
  }
}

async function unpackEntry(
  { path, header, readable }: TarStreamEntry,
  folders: MadeFolders,
  allowance: Allowance,
): Promise<void> {
  const names = safePath(path);
  if (header.typeflag === FOLDER_TYPE) {
    await folders.make(names);
    return;
  }
  if (!FILE_TYPES.includes(header.typeflag) || readable === undefined) {
    const why = `${path} in the archive is neither a file nor a folder but a link or a device: nothing was kept`;
    throw new CrossCommError("UNSAFE_KEY", why);
  }
  const name = names.pop()!;
  const parent = await folders.make(names);
  await writeUnderFreeName(parent, name, header.size, readable, (count) => allowance.takeBytes(count));
}

/** Archives may have a name twice, and names that are one on this system. */
async function writeUnderFreeName(
  parent: string,
  name: string,
  size: number,
  readable: ReadableStream<Uint8Array>,
  onWritten: (count: number) => void,
): Promise<void> {
  const small = size <= SMALL_BYTES ? await collect(readable, size, onWritten) : undefined;
  for (let number = 1;; number++) {
    const path = numberedPath(parent, name, number);
    try {
      // A thousand small files are written in less time than it takes to hand each to another thread.
      if (small !== undefined) writingNow(path, () => Deno.writeFileSync(path, small, { createNew: true }));
      else await writeFile(path, readable, onWritten);
      return;
    } catch (error) {
      if (!(error instanceof CrossCommError && error.cause instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

async function collect(
  readable: ReadableStream<Uint8Array>,
  size: number,
  onRead: (count: number) => void,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of readable) {
    onRead(chunk.length);
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes.subarray(0, filled);
}

async function* counted(bytes: AsyncIterable<Uint8Array>, meter: ProgressMeter): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    meter.addBytes(chunk.length);
    yield chunk.slice(); // streams ask for the next chunk before they are done with this one
  }
}
