import { CrossCommError } from "../protocol/errors.ts";
import { clientPrefix } from "../protocol/client_prefix.ts";
import { safeName } from "./safe_name.ts";

/** How long a key may be, in bytes of UTF-8: OSS takes no more. */
const MAX_KEY_BYTES = 1023;
/** What a key leaves of that to the names in a folder. */
const MAX_OWN_NAME_BYTES = 200;

/** A new key for what a client sends: `cross_comm/{clientId}/{ms}_{8 hex}_{name}`. No two are the same. */
export function makeObjectKey(clientId: string, name: string): string {
  const unique = crypto.randomUUID().slice(0, 8);
  // Made for the strictest receiver: a Windows one whose SDK does not look at names.
  return `${clientPrefix(clientId)}${Date.now()}_${unique}_${safeName(name, true, MAX_OWN_NAME_BYTES)}`;
}

/** The key of an entry of a folder, whose path has `/` between its segments. */
export function entryKey(folderKey: string, path: string): string {
  const key = folderKey + path;
  if (new TextEncoder().encode(key).length <= MAX_KEY_BYTES) return key;
  const why = `${path} lies too deep: a store takes keys of at most ${MAX_KEY_BYTES} bytes, so send it as a tar`;
  throw new CrossCommError("LIMIT_EXCEEDED", why);
}
