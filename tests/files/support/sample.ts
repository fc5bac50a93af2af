import { createHash } from "node:crypto";
import type { CheckedBytes } from "../../../lib/files/checked_bytes.ts";
import { Crc64 } from "../../../lib/protocol/crc64.ts";

/** Bytes that compress badly and repeat nowhere near, the same for the same seed. */
export function sample(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed * 2654435761 | 0;
  for (let index = 0; index < size; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

/** What a store is given to write. */
export function checked(bytes: Uint8Array): CheckedBytes {
  const crc = new Crc64();
  crc.update(bytes);
  return { bytes, crc64: crc.value };
}

export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let count; (count = await file.read(buffer)) !== null;) hash.update(buffer.subarray(0, count));
  return hash.digest("hex");
}

/** All that lies in a folder: path to content, `undefined` for a folder. */
export async function treeOf(folder: string, prefix = ""): Promise<Record<string, string | undefined>> {
  const tree: Record<string, string | undefined> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = prefix + name;
    if (isDirectory) {
      tree[`${path}/`] = undefined;
      Object.assign(tree, await treeOf(`${folder}/${name}`, `${path}/`));
    } else {
      tree[path] = await Deno.readTextFile(`${folder}/${name}`);
    }
  }
  return tree;
}
