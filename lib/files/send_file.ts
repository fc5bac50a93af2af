import { getLogger } from "@logtape/logtape";
import { basename, resolve } from "node:path";
import { looksLikeImage } from "./image.ts";
import { makeObjectKey } from "./object_key.ts";
import { type OnProgress, ProgressMeter } from "./progress.ts";
import { resumable, type Target } from "./resumable_upload.ts";
import { PART_BYTES, sendObject } from "./send_object.ts";
import { SourceFile } from "./source_file.ts";
import type { Storage } from "./storage.ts";
import type { UploadCheckpoints } from "./upload_checkpoints.ts";

const log = getLogger(["crosscomm", "files"]);

/** What sending takes. */
export interface SendFileOptions {
  onProgress?: OnProgress;
  /** Gives it up; what was sent by then is no object. */
  signal?: AbortSignal;
  /** Lets the next upload of a large file go on where this one is cut off. */
  checkpoints?: UploadCheckpoints;
}

/** Sends a file, and gives the key of the object that it is now. */
export async function sendFile(
  storage: Storage,
  path: string,
  type: "file" | "image",
  clientId: string,
  { onProgress, signal, checkpoints }: SendFileOptions = {},
): Promise<string> {
  using file = await SourceFile.open(path);
  if (type === "image") await warnUnlessImage(file);
  const meter = new ProgressMeter(onProgress, file.size);
  using checkpoint = file.size < PART_BYTES ? undefined : await checkpoints?.open(file);
  const key = (await checkpoint?.read())?.key ?? makeObjectKey(clientId, basename(resolve(path)));
  const target = checkpoint === undefined ? storage : resumable(storage, checkpoint);
  await sendOpenFile(target, key, file, meter, signal);
  meter.finish();
  return key;
}

/** Sends a file under a key. */
export async function sendOpenFile(
  storage: Target,
  key: string,
  file: SourceFile,
  meter: ProgressMeter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = {
    read: (buffer: Uint8Array) => file.read(buffer),
    size: file.size,
    check: (count: number) => file.check(count),
  };
  await sendObject(storage, key, source, (bytes) => meter.addBytes(bytes), signal);
}

async function warnUnlessImage(file: SourceFile): Promise<void> {
  const beginning = new Uint8Array(32);
  const count = await file.read(beginning);
  await file.rewind();
  if (looksLikeImage(beginning.subarray(0, count))) return;
  log.warn("{path} is sent as an image, but does not begin like one", { path: file.path });
}
