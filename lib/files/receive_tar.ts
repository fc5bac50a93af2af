import { join } from "node:path";
import { CrossCommError } from "../protocol/errors.ts";
import { gunzip } from "./gzip.ts";
import { Allowance } from "./limits.ts";
import { MadeFolders, writingNow } from "./local_folder.ts";
import { ObjectReader } from "./object_reader.ts";
import { PartFolder } from "./part_folder.ts";
import { ProgressMeter } from "./progress.ts";
import { numberedPath, type ReceiveOptions, writeFile } from "./receive_file.ts";
import { fillFolder } from "./receive_folder.ts";
import { safePath } from "./safe_path.ts";
import { TAR_ENDING } from "./send_tar.ts";
import type { Storage } from "./storage.ts";
import type { TarHeader } from "./tar_header.ts";
import { TarReader } from "./tar_reader.ts";

/** What an entry's header calls a file, and a folder; 7 is a file that lies in one place on its disk. */
const FILE_TYPES = ["0", "7"];
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
  return await fillFolder(directory, folders, name, PartFolder.create, async ({ path }) => {
    try {
      await unpack(reader, path, new Allowance(ossKey, limits), meter);
    } catch (error) {
      if (error instanceof CrossCommError) throw error;
      const why = `${ossKey} is no sound tar archive (${(error as Error).message}): have it sent again`;
      throw new CrossCommError("FILE_DAMAGED", why, { cause: error });
    }
    meter.finish();
  });
}

/** Where an archive is unpacked. */
interface Place {
  folders: MadeFolders;
  /** The last number that was given to a name that was taken, by the path that it has with the number 2. */
  numbers: Map<string, number>;
}

async function unpack(reader: ObjectReader, folder: string, allowance: Allowance, meter: ProgressMeter): Promise<void> {
  const place = { folders: new MadeFolders(folder, allowance), numbers: new Map<string, number>() };
  const chunks = gunzip(counted(reader.bytes(), meter))[Symbol.asyncIterator]();
  try {
    const archive = new TarReader(chunks);
    for (let entry; (entry = await archive.next()) !== undefined;) {
      allowance.takeEntry();
      await unpackEntry(entry, archive, place, allowance);
    }
  } finally {
    await chunks.return?.();
  }
}

async function unpackEntry(
  { type, path, size }: TarHeader,
  archive: TarReader,
  { folders, numbers }: Place,
  allowance: Allowance,
): Promise<void> {
  const names = namesOf(path, type);
  if (type === FOLDER_TYPE) {
    await folders.make(names);
    return;
  }
  if (!FILE_TYPES.includes(type)) {
    const why = `${path} in the archive is neither a file nor a folder but a link or a device: nothing was kept`;
    throw new CrossCommError("UNSAFE_KEY", why);
  }
  allowance.takeBytes(size);
  const name = names.pop()!;
  const parent = await folders.make(names);
  const small = size <= SMALL_BYTES ? await archive.content() : undefined;
  if (await writeNew(join(parent, name), small, archive)) return;
  // Archives may have a name twice, and names that are one on this system. To try all numbers each time would take
  // minutes for 2,000 files of one name, in which the program does nothing else.
  const second = numberedPath(parent, name, 2);
  for (let number = (numbers.get(second) ?? 1) + 1;; number++) {
    numbers.set(second, number);
    if (await writeNew(numberedPath(parent, name, number), small, archive)) return;
  }
}

/** The way to an entry; none to the folder itself, which stands first where somebody packed `.`. */
function namesOf(path: string, type: string): string[] {
  const inside = path.replace(/^(\.(\/|$))+/, "");
  return inside === "" && type === FOLDER_TYPE ? [] : safePath(inside);
}

/** Writes a file, from the archive where it is not small. False where there is something of that name. */
async function writeNew(path: string, small: Uint8Array | undefined, archive: TarReader): Promise<boolean> {
  try {
    // A thousand small files are written in less time than it takes to hand each to another thread.
    if (small !== undefined) writingNow(path, () => Deno.writeFileSync(path, small, { createNew: true }));
    else await writeFile(path, archive.pieces(), () => {});
    return true;
  } catch (error) {
    if (error instanceof CrossCommError && error.cause instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, meter: ProgressMeter): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    meter.addBytes(chunk.length);
    yield chunk.slice(); // streams read ahead, and the memory of a piece is the next one's
  }
}
