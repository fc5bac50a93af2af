import type { AccessKey } from "./credentials.ts";

/**
 * The key that may do everything in the store in `folder`, which a hub on this machine carries.
 *
 * @throws {Deno.errors.NotFound} where no hub has made one there.
 */
export async function readOwnerKey(folder: string): Promise<AccessKey> {
  const { owner } = JSON.parse(await Deno.readTextFile(`${folder}/credentials.json`));
  return owner;
}
