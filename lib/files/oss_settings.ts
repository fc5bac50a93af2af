import { CrossCommError } from "../protocol/errors.ts";
import { readVariable } from "./environment.ts";
import type { StorageSettings } from "./storage.ts";

const NAMES = ["OSS_ENDPOINT", "OSS_BUCKET_NAME", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"] as const;

/**
 * The store that the four `OSS_*` settings name; `undefined` where none of them is set.
 *
 * @throws {CrossCommError} `STORAGE_NOT_CONFIGURED` where only some are.
 */
export function readOssSettings(env: Readonly<Record<string, string | undefined>>): StorageSettings | undefined {
  const [endpoint, bucket, accessKeyId, accessKeySecret] = NAMES.map((name) => env[name]?.trim() ?? "");
  const missing = NAMES.filter((name) => !env[name]?.trim());
  if (missing.length === NAMES.length) return undefined;
  if (missing.length > 0) {
    const why = `${missing.join(", ")} missing: set all four of ${NAMES.join(", ")}, or none`;
    throw new CrossCommError("STORAGE_NOT_CONFIGURED", why);
  }
  return {
    endpoint: endpoint!,
    bucket: bucket!,
    accessKeyId: accessKeyId!,
    accessKeySecret: accessKeySecret!,
  };
}

/** The store that the environment names. Never asks for a permission: what may not be read is not set. */
export function environmentStorage(): StorageSettings | undefined {
  if (typeof Deno === "undefined") return undefined;
  return readOssSettings(Object.fromEntries(NAMES.map((name) => [name, readVariable(name)])));
}
